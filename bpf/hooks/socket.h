/* Sockets as they are made and used: families, types and protocols that no other hook judges, and whose a socket is. In a session an error
 * in here refuses; outside every session it passes. */
#ifndef REMIT_HOOKS_SOCKET_H
#define REMIT_HOOKS_SOCKET_H

#include "../lib/emit.h"
#include "limbo.h"

/* A socket that only a rule of its family can allow, or one that a task outside of its session's cgroup makes, where no packet program of
 * the session would see it. Returns whether it may be made. */
REMIT_INLINE bool remit_judge_socket(struct remit_subject *subject, __u16 family, __u16 type, __u16 protocol)
{
	struct remit_judgement judged = {};
	struct remit_endpoint endpoint = {.protocol = protocol};
	struct remit_facts facts = {.endpoint = &endpoint, .family = family, .type = type, .crossing = REMIT_SOCKET};

	facts.since_ns = bpf_ktime_get_boot_ns();
	facts.toolset = remit_toolset_of_family(remit_tables_of(subject->session->authority), family, protocol);
	remit_judge_and_take(subject, facts.toolset, facts.since_ns, &judged);
	if (judged.verdict.reason == REMIT_REASON_UNKNOWN) {
		judged.verdict = remit_verdict_of(REMIT_DENY, REMIT_REASON_FAMILY, REMIT_NO_TOOL, REMIT_NO_RULE);
		judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	}
	if (subject->outside) {
		judged.verdict = remit_refusal_always(REMIT_REASON_FOREIGN);
		judged.passes = dry_run & 1;
	}
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(subject, &judged, &facts);
	return judged.passes;
}

/* INET sockets: TCP and UDP are judged when they are used; raw, ping, MPTCP, SCTP, UDP-Lite … here. All carry their session from now on. */
REMIT_INLINE int remit_socket_made(struct bpf_sock *sk)
{
	bool waits = remit_is_in_limbo();
	struct remit_subject subject = remit_subject_of_socket_call(NULL);
	__u32 type = sk->type;
	__u32 protocol = sk->protocol;
	struct remit_stamp *stamp;
	bool judged_later = (type == SOCK_STREAM && protocol == IPPROTO_TCP) || (type == SOCK_DGRAM && protocol == IPPROTO_UDP);

	if (!subject.session)
		return !waits || remit_limbo_lets_open();
	if ((!judged_later || subject.outside) && !remit_judge_socket(&subject, sk->family, type, protocol))
		return 0;
	stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stamp) {
		remit_count_fault();
		return dry_run & 1;
	}
	stamp->session = subject.session->id;
	stamp->slot = subject.slot;
	if (mark_mask)
		sk->mark = remit_mark_of(subject.slot);
	return 1;
}

/* LSM tier: families that no hook judges: packet, vsock, netlink but for routes (getifaddrs needs those, and changing them a capability that
 * sessions do not have) … INET is judged when the socket is made, unix sockets when they are connected. */
REMIT_INLINE int remit_family_wanted(int family, int type, int protocol)
{
	bool waits = remit_is_in_limbo();
	bool judged_elsewhere =
		family == AF_INET || family == AF_INET6 || family == AF_UNIX || (family == AF_NETLINK && protocol == NETLINK_ROUTE);
	struct remit_subject subject;
	int refusal = -EPERM;

	/* Or the compiler makes -1 of the verdict by arithmetic, in which 6.12 does not see the bound of an LSM hook's return value. */
	barrier_var(refusal);
	if (judged_elsewhere && !waits)
		return 0;
	subject = remit_subject_of_current();
	if (!subject.session)
		return !waits || remit_limbo_lets_open() ? 0 : refusal;
	if (judged_elsewhere)
		return 0;
	return remit_judge_socket(&subject, family, type & SOCK_TYPE_MASK, protocol) ? 0 : refusal;
}

/* A network socket from outside of the session: no packet program of the session sees it. */
REMIT_INLINE bool remit_is_strange(const struct remit_subject *subject, struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return (family == AF_INET || family == AF_INET6) && remit_slot_of_sock(sk) != subject->slot;
}

REMIT_INLINE int remit_refuse_strange(struct remit_subject *subject, struct sock *sk)
{
	struct remit_judgement judged = {};
	struct remit_endpoint endpoint = {.protocol = BPF_CORE_READ(sk, sk_protocol)};
	struct remit_facts facts = {.endpoint = &endpoint, .crossing = REMIT_SOCKET, .effect = REMIT_REFUSED};
	int refusal = -EACCES;

	barrier_var(refusal);
	facts.since_ns = bpf_ktime_get_boot_ns();
	facts.family = BPF_CORE_READ(sk, __sk_common.skc_family);
	facts.type = BPF_CORE_READ(sk, sk_type);
	remit_judge(subject, NULL, REMIT_JUDGED_AGAIN, facts.since_ns, &judged);
	judged.verdict = remit_refusal_always(REMIT_REASON_FOREIGN);
	judged.passes = dry_run & 1;
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(subject, &judged, &facts);
	return judged.passes ? 0 : refusal;
}

/* LSM tier: puts the session of the caller on the socket, for the cgroup programs of kernels that cannot read task storage. A caller of no
 * session takes a socket out of the session it came from; a network socket from outside is refused. */
REMIT_INLINE int remit_socket_called(struct socket *sock)
{
	struct remit_subject subject = remit_subject_of_current();
	struct sock *sk = sock->sk;
	struct remit_stamp *stamp;

	if (!sk)
		return 0;
	stamp = bpf_sk_storage_get(&sockets, sk, 0, 0);
	if (!subject.session) {
		if (stamp) {
			stamp->session = 0;
			stamp->state = REMIT_UNSTAMPED;
		}
		return 0;
	}
	if (stamp && stamp->session == subject.session->id)
		return 0;
	if (remit_is_strange(&subject, sk))
		return remit_refuse_strange(&subject, sk);
	stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stamp) {
		remit_count_fault();
		return -EACCES;
	}
	stamp->session = subject.session->id;
	stamp->slot = subject.slot;
	if (stamp->state != REMIT_STAMP_ACCEPTED) /* of a listener from before the session, which it could not be cloned from */
		stamp->state = REMIT_UNSTAMPED;
	return 0;
}

#endif
