/* Unix sockets outside of the session: how it gets somebody else to act for it. LSM tier: the listener itself, by the file or the abstract
 * name that it is bound to, and by its program; base tier from 6.7 on: the name that the caller gives. In a session an error in here
 * refuses; outside every session it passes. */
#ifndef REMIT_HOOKS_UNIX_H
#define REMIT_HOOKS_UNIX_H

#include "../lib/emit.h"
#include "../lib/stamp.h"
#include "guard.h"

#define REMIT_FAMILY_BYTES 2 /* of a struct sockaddr_un, before its path */

/* What a unix socket is bound to, and who listens. */
struct remit_unix_object {
	struct remit_program_key file; /* ino 0: bound to no file */
	struct remit_file peer;
	__u32 peer_pid;
	__u16 name_bytes;
	__u16 type;
	__u64 name; /* address in kernel memory; 0: it has none */
};

/* Kernel addresses go as numbers into functions that the verifier walks once. */
REMIT_STEP int remit_read_listening(__u64 address, struct remit_unix_object *out)
{
	const struct sock *listener = (const void *)address;
	struct pid *pid = BPF_CORE_READ(listener, sk_peer_pid);
	struct hlist_node *first = BPF_CORE_READ(pid, tasks[PIDTYPE_TGID].first);
	const struct task_struct *task;

	if (!out)
		return 0;
	out->peer_pid = BPF_CORE_READ(pid, numbers[0].nr);
	if (!first)
		return 0;
	task = (const void *)first - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_TGID]);
	remit_read_file(BPF_CORE_READ(task, mm, exe_file), &out->peer);
	return 0;
}

/* Of a path the zeros behind it are no part; of an abstract name, which begins with one, they are. */
REMIT_STEP int remit_cut_name(struct remit_unix_object *object)
{
	char path[REMIT_UNIX_NAME_BYTES + 1];
	long length;

	if (!object || !object->name || object->name_bytes > REMIT_UNIX_NAME_BYTES)
		return 0;
	length = bpf_probe_read_kernel_str(path, object->name_bytes + 1, (const void *)object->name);
	if (length > 1)
		object->name_bytes = length - 1;
	return 0;
}

REMIT_STEP int remit_read_unix(__u64 number, struct remit_unix_object *out)
{
	const struct sock *sk = (const void *)number;
	const struct unix_sock *bound = (const void *)number;
	const struct unix_address *address = BPF_CORE_READ(bound, addr);
	const struct inode *inode = BPF_CORE_READ(bound, path.dentry, d_inode);
	int length = address ? BPF_CORE_READ(address, len) - REMIT_FAMILY_BYTES : 0;

	if (!out)
		return 0;
	out->type = BPF_CORE_READ(sk, sk_type);
	if (inode)
		remit_read_inode(inode, &out->file.file);
	if (length <= 0)
		return 0;
	out->name = (__u64)&address->name + REMIT_FAMILY_BYTES;
	out->name_bytes = length > REMIT_UNIX_NAME_BYTES ? REMIT_UNIX_NAME_BYTES : length;
	remit_cut_name(out);
	return 0;
}

REMIT_APART struct remit_toolset *remit_toolset_of_unix_name(__u32 tables_id, __u64 name, __u32 length)
{
	struct remit_unix_key key = {.tables = tables_id, .length = length};

	if (length > sizeof(key.name) || bpf_probe_read_kernel(key.name, length, (const void *)name))
		return NULL;
	return bpf_map_lookup_elem(&unix_names, &key);
}

/* NULL: not known. A file is asked about; of a name that is in no table it is known that no tool covers it. */
REMIT_APART struct remit_toolset *remit_toolset_of_unix(__u32 tables_id, struct remit_unix_object *object)
{
	struct remit_toolset *toolset;

	object->file.tables = tables_id;
	if (object->file.file.ino)
		toolset = bpf_map_lookup_elem(&unix_files, &object->file);
	else
		toolset = remit_toolset_of_unix_name(tables_id, object->name, object->name_bytes) ?: &no_tools;
	if (toolset && toolset->peer_endpoint) {
		struct remit_peer_key key = {.peer = object->peer, .tables = tables_id, .endpoint = toolset->peer_endpoint};

		toolset = bpf_map_lookup_elem(&peers, &key);
	}
	return toolset;
}

REMIT_INLINE void remit_fill_unix(struct remit_event *event, const struct remit_unix_object *object)
{
	__u32 length = object->name_bytes;

	event->peer = object->peer;
	event->peer_pid = object->peer_pid;
	event->type = object->type;
	event->path[0] = 0;
	if (object->name && length <= REMIT_UNIX_NAME_BYTES && !bpf_probe_read_kernel(event->path, length, (const void *)object->name))
		event->path_bytes = length;
}

REMIT_APART void remit_emit_unix(const struct remit_subject *subject, const struct remit_judgement *judged, const struct remit_facts *facts,
				 const struct remit_unix_object *object)
{
	struct remit_event *event = remit_begin_record(subject, judged, facts, sizeof(*event));

	if (!event)
		return;
	remit_fill_process(event, subject->tag);
	remit_fill_unix(event, object);
	bpf_ringbuf_submit(event, remit_wakeup(judged, event->n));
}

REMIT_APART void remit_ask_unix(const struct remit_subject *subject, const struct remit_judgement *judged, const struct remit_facts *facts,
				const struct remit_unix_object *object)
{
	struct remit_totals *here = remit_totals_here();
	struct remit_event *event = bpf_ringbuf_reserve(&questions, sizeof(*event), 0);

	if (!event) {
		if (here)
			__sync_fetch_and_add(&here->questions_lost, 1);
		return;
	}
	if (here)
		__sync_fetch_and_add(&here->questions, 1);
	remit_fill(event, subject, judged, facts, 0);
	remit_fill_file(event, facts);
	remit_fill_process(event, subject->tag);
	remit_fill_unix(event, object);
	event->flags |= REMIT_EVENT_QUESTION;
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
}

/* How a unix object comes to be judged. */
struct remit_unix_way {
	bool own; /* the session's own socket */
	bool again; /* a further datagram to a peer that was judged: takes and, if it passes, records nothing */
};

/* Judges a connect or a datagram; true: it passes. toolset: of the object, NULL where it is not known or the session's own. */
REMIT_INLINE bool remit_judge_unix(struct remit_subject *subject, struct remit_unix_object *object, struct remit_toolset *toolset,
				   const struct remit_unix_way *way)
{
	struct remit_judgement judged = {};
	struct remit_facts facts = {.file = &object->file.file, .toolset = toolset, .family = AF_UNIX, .crossing = REMIT_UNIX};

	if (!subject->session)
		return true;
	facts.since_ns = bpf_ktime_get_boot_ns();
	if (way->own) {
		remit_judge_own(subject, facts.since_ns, &judged);
	} else if (way->again) {
		remit_judge(subject, toolset, REMIT_JUDGED_AGAIN, facts.since_ns, &judged);
		judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	} else {
		remit_judge_and_take(subject, toolset, facts.since_ns, &judged);
	}
	if (way->again && judged.passes)
		return true;
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit_unix(subject, &judged, &facts, object);
	if (judged.verdict.kind == REMIT_PENDING && !judged.passes)
		remit_ask_unix(subject, &judged, &facts, object);
	return judged.passes;
}

REMIT_INLINE bool remit_is_abstract(const struct remit_unix_object *object)
{
	char first = 1;

	bpf_probe_read_kernel(&first, sizeof(first), (const void *)object->name);
	return !first;
}

REMIT_INLINE bool remit_is_own_sock(const struct remit_subject *subject, struct sock *other)
{
	struct remit_stamp *stamp = bpf_sk_storage_get(&sockets, other, 0, 0);

	return stamp && stamp->session == subject->session->id;
}

/* LSM tier: connect of a stream or sequenced socket. */
REMIT_INLINE int remit_unix_connected(struct sock *other)
{
	struct remit_subject subject = remit_subject_of_current();
	struct remit_unix_object object = {};
	struct remit_unix_way way = {};
	struct remit_toolset *toolset = NULL;
	int refusal = -EACCES;
	__u32 guard;

	barrier_var(refusal);
	if (!subject.session)
		return 0;
	guard = remit_guard_of_socket(other);
	if (guard & REMIT_GUARDS_SOCKET)
		return remit_refuse_control(&subject);
	if ((guard & REMIT_GUARDS_AGENT) && !subject.conflict)
		return 0;
	remit_read_unix(remit_number_of(other), &object);
	remit_read_listening(remit_number_of(other), &object);
	way.own = remit_is_own_sock(&subject, other);
	if (!way.own)
		toolset = remit_toolset_of_unix(remit_tables_of(subject.session->authority), &object);
	return remit_judge_unix(&subject, &object, toolset, &way) ? 0 : refusal;
}

/* Was this peer judged for this socket in this generation? A unix socket has no address: the kernel's own of the peer stands for it. */
REMIT_APART bool remit_unix_sent_before(__u64 cookie, __u64 to, __u32 generation)
{
	struct remit_endpoint endpoint = {};
	__u64 *words = (__u64 *)endpoint.address;

	words[0] = to;
	words[1] = AF_UNIX;
	return remit_sent_before(cookie, &endpoint, generation);
}

/* LSM tier: connect of a datagram socket, and each datagram; the first to a peer is the crossing. The ends of a socketpair have no names and
 * reach only each other. */
REMIT_INLINE int remit_unix_sent(struct socket *sock, struct socket *to)
{
	struct remit_subject subject = remit_subject_of_current();
	struct sock *from = sock->sk, *other = to->sk;
	struct remit_unix_object object = {};
	struct remit_unix_way way = {};
	struct remit_toolset *toolset = NULL;
	int refusal = -EACCES;

	barrier_var(refusal);
	if (!subject.session || !from || !other)
		return 0;
	remit_read_unix(remit_number_of(other), &object);
	if (!object.name_bytes)
		return 0;
	remit_read_listening(remit_number_of(other), &object);
	way.own = remit_is_own_sock(&subject, other);
	way.again = remit_unix_sent_before(bpf_get_socket_cookie(from), remit_number_of(other), remit_generation_of_line(subject.session));
	if (!way.own)
		toolset = remit_toolset_of_unix(remit_tables_of(subject.session->authority), &object);
	return remit_judge_unix(&subject, &object, toolset, &way) ? 0 : refusal;
}

/* Base tier from 6.7 on: only the name that the caller gives can be seen, and no listener. A file is known by its literal path, which the
 * daemon pushes only where the session can make no other file of this name; that a name is the session's own cannot be told for the same
 * reason, as it could lead elsewhere a moment later. */
REMIT_INLINE int remit_unix_named(struct bpf_sock_addr *ctx)
{
	struct remit_subject subject = remit_subject_of_socket_call(ctx->sk);
	struct bpf_sock_addr_kern *call = bpf_cast_to_kern_ctx(ctx);
	struct remit_unix_object object = {};
	struct remit_unix_way way = {};
	const struct sockaddr_un *name;
	struct remit_toolset *toolset;
	struct remit_tables *head;
	__u32 tables_id;
	int length;

	if (!subject.session)
		return 1;
	tables_id = remit_tables_of(subject.session->authority);
	head = bpf_map_lookup_elem(&tables, &tables_id);
	if (head && (head->flags & REMIT_UNIX_ANY) && remit_standing_of_line(subject.session, bpf_ktime_get_boot_ns()) == REMIT_GRANTED)
		return 1;
	name = (const void *)BPF_CORE_READ(call, uaddr);
	length = BPF_CORE_READ(call, uaddrlen) - REMIT_FAMILY_BYTES;
	if (length > 0 && length <= REMIT_UNIX_NAME_BYTES) {
		object.name = (__u64)&name->sun_path;
		object.name_bytes = length;
	}
	remit_cut_name(&object);
	if (object.name_bytes && remit_toolset_of_unix_name(0, object.name, object.name_bytes) && !subject.conflict && remit_is_at_home())
		return 1;
	toolset = remit_toolset_of_unix_name(tables_id, object.name, object.name_bytes);
	if (!toolset && object.name_bytes && remit_is_abstract(&object))
		toolset = &no_tools; /* all that are granted are known */
	return remit_judge_unix(&subject, &object, toolset, &way);
}

#endif
