/* Listeners: where a session takes in what it did not ask for. Loopback is always its own; elsewhere the policy has to say so. bind gives
 * the clear error, listen(2) is the crossing, and hooks/packet.h keeps everything from a listener that may not listen. */
#ifndef REMIT_HOOKS_LISTEN_H
#define REMIT_HOOKS_LISTEN_H

#include "../lib/emit.h"
#include "../lib/stamp.h"

/* take: the crossing itself; else only whether it would pass. */
REMIT_INLINE void remit_judge_listener(struct remit_subject *subject, const struct remit_endpoint *local, bool take, __u64 now_ns,
				       struct remit_facts *facts, struct remit_judgement *judged)
{
	if (remit_is_loopback(local)) {
		remit_judge_own(subject, now_ns, judged);
		return;
	}
	facts->toolset = remit_toolset_of_listener(remit_tables_of(subject->session->authority), local);
	if (take) {
		remit_judge_and_take(subject, facts->toolset, now_ns, judged);
		return;
	}
	remit_judge(subject, facts->toolset, REMIT_FIRST_USE, now_ns, judged);
	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		judged->seen_before[i] = subject->session->seen[i];
	judged->passes = dry_run || remit_passes(&judged->verdict, judged->mode);
}

REMIT_INLINE void remit_stamp_listener(struct remit_stamp *stamp, const struct remit_subject *subject, const struct remit_judgement *judged,
				       const struct remit_endpoint *local, __u32 pid)
{
	remit_stamp_fill(stamp, subject, judged, local, judged->passes ? REMIT_STAMP_LISTENS : REMIT_STAMP_LISTENS_NOT, pid);
}

/* A port of one's own choice off loopback: the wish to be reached. Of datagram sockets it is all there is; a stream socket listens later,
 * and binds here only to be told early. Port 0 is what clients bind to. */
REMIT_INLINE int remit_judge_bind(struct bpf_sock_addr *ctx, struct remit_subject *subject, struct remit_endpoint *local, __u16 family)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	bool datagram = local->protocol == IPPROTO_UDP;
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = local, .since_ns = now_ns, .family = family, .crossing = REMIT_LISTEN};
	struct remit_stamp *stamp;

	if (!local->port || (remit_is_loopback(local) && !datagram))
		return 1;
	remit_judge_listener(subject, local, datagram, now_ns, &facts, &judged);
	if (judged.passes && !datagram)
		return 1;
	stamp = bpf_sk_storage_get(&sockets, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stamp) {
		remit_count_fault();
		judged.passes = dry_run & 1;
	} else if (judged.passes) {
		stamp->session = subject->session->id;
		stamp->slot = subject->slot;
		stamp->flags |= REMIT_RECEIVES;
	}
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(subject, &judged, &facts);
	if (judged.verdict.kind == REMIT_PENDING && !judged.passes)
		remit_question(subject, &judged, &facts, NULL);
	return judged.passes & 1;
}

REMIT_INLINE void remit_read_local(const struct sock *sk, struct remit_endpoint *local)
{
	local->protocol = BPF_CORE_READ(sk, sk_protocol);
	local->port = BPF_CORE_READ(sk, __sk_common.skc_num);
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET)
		remit_set_ipv4(local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
	else
		BPF_CORE_READ_INTO(&local->address, sk, __sk_common.skc_v6_rcv_saddr);
}

/* LSM tier: listen(2). */
REMIT_INLINE int remit_listen_wanted(struct socket *sock)
{
	struct remit_subject subject = remit_subject_of_current();
	struct sock *sk = sock->sk;
	struct remit_endpoint local = {};
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = &local, .crossing = REMIT_LISTEN};
	struct remit_stamp *stamp;
	int refusal = -EACCES;

	barrier_var(refusal);
	if (!subject.session || !sk)
		return 0;
	facts.family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (facts.family != AF_INET && facts.family != AF_INET6)
		return 0;
	facts.since_ns = bpf_ktime_get_boot_ns();
	remit_read_local(sk, &local);
	remit_judge_listener(&subject, &local, true, facts.since_ns, &facts, &judged);
	stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stamp) {
		remit_count_fault();
		judged.passes = dry_run & 1;
	} else {
		remit_stamp_listener(stamp, &subject, &judged, &local, bpf_get_current_pid_tgid() >> 32);
	}
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(&subject, &judged, &facts);
	if (judged.verdict.kind == REMIT_PENDING && !judged.passes)
		remit_question(&subject, &judged, &facts, NULL);
	return judged.passes ? 0 : refusal;
}

/* Base tier: told of listen(2) after the fact, in the process that made the call; nothing reaches the listener that may not. Also for a
 * listener that was there before its session, on its first packet. */
REMIT_APART void remit_listener_found(struct remit_subject *subject, struct remit_stamp *stamp, const struct remit_endpoint *local,
				      __u16 family, __u32 pid)
{
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = local, .family = family, .crossing = REMIT_LISTEN};

	facts.since_ns = bpf_ktime_get_boot_ns();
	remit_judge_listener(subject, local, true, facts.since_ns, &facts, &judged);
	remit_stamp_listener(stamp, subject, &judged, local, pid);
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_DROPPED;
	remit_emit_packet(subject, &judged, &facts, pid);
}

/* Does what a listener may, or a connection that it took, stand under the authority that holds now? */
REMIT_APART bool remit_listener_stands(struct remit_subject *subject, struct remit_stamp *stamp, __u64 now_ns)
{
	struct remit_endpoint local = {.port = stamp->port, .protocol = stamp->protocol};
	struct remit_judgement judged = {};

	if (stamp->generation == remit_generation_of_line(subject->session))
		return true;
	__builtin_memcpy(local.address, stamp->address, sizeof(local.address));
	if (remit_is_loopback(&local))
		remit_judge_own(subject, now_ns, &judged);
	else
		remit_judge(subject, remit_toolset_of_listener(remit_tables_of(subject->session->authority), &local), REMIT_JUDGED_AGAIN,
			    now_ns, &judged);
	judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	if (judged.passes)
		stamp->generation = judged.generation;
	else
		stamp->state = REMIT_STAMP_LISTENS_NOT;
	return judged.passes;
}

#endif
