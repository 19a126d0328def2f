/* Who? The session of a task: the stricter of its sticky tag and its cgroup's ancestors; and the session of a socket. */
#ifndef REMIT_LIB_SUBJECT_H
#define REMIT_LIB_SUBJECT_H

#include "maps.h"

struct remit_subject {
	struct remit_session *session; /* NULL: in no session, everything passes */
	struct remit_tag *tag; /* of the current task; NULL where it has none, or this hook cannot read it */
	__u32 slot;
	bool conflict; /* tag and cgroup name two sessions */
	bool outside; /* in the session by its tag alone: its cgroup is none of the session's, whose packet programs do not see its sockets */
};

/* The slot that a cgroup, or the deepest bound ancestor of it, is bound to; 0: none. */
REMIT_APART __u32 remit_slot_of_cgroup(const struct cgroup *cgroup)
{
	int depth = BPF_CORE_READ(cgroup, level);

	for (__u32 i = 0; i < REMIT_MAX_BOUND_LEVELS; i++) {
		struct cgroup *ancestor = NULL;
		__u32 level, *slot;
		__u64 id;

		if (i >= bindings.count)
			break;
		level = bindings.levels[i];
		if ((int)level > depth)
			continue;
		bpf_core_read(&ancestor, sizeof(ancestor), (const char *)&cgroup->ancestors + level * sizeof(ancestor));
		id = BPF_CORE_READ(ancestor, kn, id);
		slot = id ? bpf_map_lookup_elem(&cgroups, &id) : NULL;
		if (slot)
			return *slot;
	}
	return 0;
}

REMIT_INLINE __u32 remit_slot_of_task(const struct task_struct *task)
{
	return remit_slot_of_cgroup(BPF_CORE_READ(task, cgroups, dfl_cgrp));
}

/* A kernel pointer as a number: the verifier allows no arithmetic on some, and hands none to functions that it walks once. */
REMIT_INLINE __u64 remit_number_of(const void *pointer)
{
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

/* The kernel's own socket behind a program's. */
REMIT_INLINE struct sock *remit_sock_of(struct bpf_sock *sk)
{
	return (struct sock *)remit_number_of(sk);
}

/* By the cgroup in which the socket was made, which is where its packets are judged. */
REMIT_INLINE __u32 remit_slot_of_sock(const struct sock *sk)
{
	return remit_slot_of_cgroup(BPF_CORE_READ(sk, sk_cgrp_data.cgroup));
}

/* The slot that the current task's cgroup, or the deepest bound ancestor of it, is bound to; 0: none. */
REMIT_INLINE __u32 remit_slot_of_current_cgroup(void)
{
	for (__u32 i = 0; i < REMIT_MAX_BOUND_LEVELS; i++) {
		__u64 id;
		__u32 *slot;

		if (i >= bindings.count)
			break;
		id = bpf_get_current_ancestor_cgroup_id(bindings.levels[i]);
		slot = id ? bpf_map_lookup_elem(&cgroups, &id) : NULL;
		if (slot)
			return *slot;
	}
	return 0;
}

/* The same for the cgroup in which the socket of a packet was made. */
REMIT_INLINE __u32 remit_slot_of_packet(struct __sk_buff *skb)
{
	for (__u32 i = 0; i < REMIT_MAX_BOUND_LEVELS; i++) {
		__u64 id;
		__u32 *slot;

		if (i >= bindings.count)
			break;
		id = bpf_skb_ancestor_cgroup_id(skb, bindings.levels[i]);
		slot = id ? bpf_map_lookup_elem(&cgroups, &id) : NULL;
		if (slot)
			return *slot;
	}
	return 0;
}

/* Is the session at a slot below the one at another slot? */
REMIT_STEP int remit_descends(__u32 slot, __u32 from)
{
	struct remit_session *session = remit_session_at(slot);
	bool gone = false;

	for (int i = 0; i < REMIT_MAX_LINEAGE; i++) {
		if (!session || !session->parent)
			return 0;
		if (session->parent == from)
			return 1;
		session = remit_parent_of(session, &gone);
	}
	return 0;
}

/* Do all ancestors stand? REMIT_GRANTED, or the reason of the nearest that does not. */
REMIT_STEP int remit_line_standing(const struct remit_session *below, __u64 now_ns)
{
	struct remit_session *session;
	bool gone = false;

	if (!below)
		return REMIT_REASON_FAULT;
	session = remit_parent_of(below, &gone);
	for (int i = 0; i < REMIT_MAX_LINEAGE; i++) {
		enum remit_reason reason;

		if (!session)
			return gone ? REMIT_REASON_REVOKED : REMIT_GRANTED;
		reason = remit_standing(session, now_ns);
		if (reason != REMIT_GRANTED)
			return reason;
		session = remit_parent_of(session, &gone);
	}
	return REMIT_REASON_FAULT; /* a line longer than there can be */
}

/* Step 1 for the session and all above it. */
REMIT_INLINE int remit_standing_of_line(const struct remit_session *session, __u64 now_ns)
{
	int reason = remit_standing(session, now_ns);

	return reason == REMIT_GRANTED && session->parent ? remit_line_standing(session, now_ns) : reason;
}

REMIT_STEP __u32 remit_add_generations(const struct remit_session *below)
{
	const struct remit_session *session = below;
	__u32 sum = 0;
	bool gone = false;

	for (int i = 0; i < REMIT_MAX_LINEAGE; i++) {
		if (!session)
			break;
		sum += remit_generation_of(session->authority);
		session = remit_parent_of(session, &gone);
	}
	return sum;
}

/* What stamps and judged endpoints are stale by: no generation of the line ever falls, so that a change in any of it changes the sum. */
REMIT_INLINE __u32 remit_generation_of_line(const struct remit_session *session)
{
	return session->parent ? remit_add_generations(session) : remit_generation_of(session->authority);
}

/* Of two sessions that a task is in at once the one that is below the other; 0: neither is. */
REMIT_INLINE __u32 remit_lower_of(__u32 a, __u32 b)
{
	if (remit_descends(a, b))
		return a;
	return remit_descends(b, a) ? b : 0;
}

/* Joins what a tag or a stamp says with what the cgroup says: of a session and one below it the lower. A detached session lets its tasks go; a
 * tag whose slot was given to another session is of a session that is over, which the new holder's id shows: it is refused as a conflict rather
 * than taken for the new one. */
REMIT_INLINE struct remit_subject remit_join(__u64 tagged_session, __u32 tagged_slot, __u32 cgroup_slot)
{
	struct remit_subject subject = {};
	__u32 lower = tagged_slot;

	if (tagged_session) {
		struct remit_session *session = remit_session_at(tagged_slot);

		if (session && session->id == tagged_session && session->state == REMIT_DETACHED) {
			tagged_session = 0;
		} else {
			if (cgroup_slot && cgroup_slot != tagged_slot)
				lower = remit_lower_of(tagged_slot, cgroup_slot);
			subject.conflict = !session || session->id != tagged_session || !lower;
		}
	}
	subject.slot = tagged_session ? lower ?: tagged_slot : cgroup_slot;
	subject.outside = tagged_session && !cgroup_slot;
	subject.session = remit_session_at(subject.slot);
	if (subject.session && !tagged_session && subject.session->state == REMIT_DETACHED)
		subject.session = NULL;
	return subject;
}

/* The same for a task, whose tag may say that its cgroup means nothing. */
REMIT_INLINE struct remit_subject remit_join_tag(struct remit_tag *tag, __u32 cgroup_slot)
{
	struct remit_subject subject;

	if (tag && (tag->flags & REMIT_KEPT_OUT))
		cgroup_slot = 0;
	subject = remit_join(tag ? tag->session : 0, tag ? tag->slot : 0, cgroup_slot);
	subject.tag = tag;
	return subject;
}

REMIT_INLINE struct remit_tag *remit_tag_task(struct task_struct *task, __u64 session, __u32 slot)
{
	struct remit_tag *tag = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!tag) {
		remit_count_fault();
		return NULL;
	}
	tag->session = session;
	tag->slot = slot;
	return tag;
}

/* Is the current process its session's container in the making? What runs in it is its runtime, of outside. */
REMIT_INLINE bool remit_sets_up(const struct remit_session *session)
{
	const struct task_struct *task;

	if (!session->setup_process || session->setup_process != bpf_get_current_pid_tgid() >> 32)
		return false;
	task = (const void *)bpf_get_current_task();
	return (__u32)(BPF_CORE_READ(task, group_leader, start_boottime) / REMIT_CLOCK_TICK_NS) == session->setup_start;
}

/* In tracing and LSM programs: the current task; one that its cgroup alone puts into a session is tagged from then on. */
REMIT_INLINE struct remit_subject remit_subject_of_current(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct remit_tag *tag = bpf_task_storage_get(&tasks, task, 0, 0);
	struct remit_subject subject = remit_join_tag(tag, remit_slot_of_current_cgroup());

	if (subject.session && (!tag || !tag->session))
		subject.tag = remit_tag_task(task, subject.session->id, subject.slot);
	return subject;
}

/* In cgroup socket programs: the current task by its storage where the kernel lets them read it, else by the stamp that the LSM hook of
 * the same call has just put on the socket, else by the cgroup alone. */
REMIT_INLINE struct remit_subject remit_subject_of_socket_call(struct bpf_sock *sk)
{
	__u32 cgroup_slot = remit_slot_of_current_cgroup();

	if (task_storage_in_socket_programs) {
		struct remit_tag *tag = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);

		return remit_join_tag(tag, cgroup_slot);
	}
	if (lsm_tier && sk) {
		struct remit_stamp *stamp = bpf_sk_storage_get(&sockets, sk, 0, 0);

		return remit_join(stamp ? stamp->session : 0, stamp ? stamp->slot : 0, cgroup_slot);
	}
	return remit_join(0, 0, cgroup_slot);
}

#endif
