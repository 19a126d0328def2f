/* The calls on sockets: connect, sendmsg with an address, socket creation. They give the clear error; hooks/packet.h enforces the same
 * verdict on the address really used. In a session an error in here refuses; outside every session it passes. */
#ifndef REMIT_HOOKS_NET_H
#define REMIT_HOOKS_NET_H

#include "../lib/emit.h"
#include "../lib/stamp.h"

#define REMIT_HOOK_PASS 1
#define REMIT_HOOK_REFUSE 0 /* EPERM to the caller */

REMIT_INLINE __u32 remit_pid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* Marks a socket with its session's slot, when it is stamped first: nft, tc and captures can tell whose traffic it is. */
REMIT_INLINE void remit_mark_socket(struct bpf_sock_addr *ctx, const struct remit_stamp *stamp, const struct remit_subject *subject)
{
	int mark = mark_base | (subject->slot & mark_mask);

	if (!mark_mask || (stamp->state != REMIT_UNSTAMPED && stamp->session == subject->session->id))
		return;
	if (bpf_setsockopt(ctx, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)))
		remit_count_fault();
}

/* Lets a TCP connect go whose verdict is not known yet; its SYNs are held at egress, and repeated long enough for a person to answer. */
REMIT_INLINE void remit_hold(struct bpf_sock_addr *ctx)
{
	int syn_count = REMIT_HOLD_SYN_COUNT;

	if (bpf_setsockopt(ctx, SOL_TCP, TCP_SYNCNT, &syn_count, sizeof(syn_count)))
		remit_count_fault();
}

REMIT_INLINE int remit_judge_connect(struct bpf_sock_addr *ctx, struct remit_subject *subject, struct remit_endpoint *endpoint,
				     __u16 family)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = endpoint, .since_ns = now_ns, .family = family, .crossing = REMIT_CONNECT};
	struct remit_stamp *stamp;
	bool held;

	facts.toolset = remit_toolset_of_endpoint(remit_tables_of(subject->session->authority), endpoint);
	remit_judge_and_take(subject, facts.toolset, now_ns, &judged);
	held = judged.verdict.kind == REMIT_PENDING && !judged.passes && endpoint->protocol == IPPROTO_TCP;
	stamp = bpf_sk_storage_get(&sockets, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stamp) {
		remit_count_fault();
		judged.passes = false;
		judged.verdict = remit_refusal_always(REMIT_REASON_FAULT);
		held = false;
	} else {
		remit_mark_socket(ctx, stamp, subject);
		remit_stamp_fill(stamp, subject, &judged, endpoint,
				 held		 ? REMIT_STAMP_PENDING
				 : judged.passes ? REMIT_STAMP_ALLOWED
						 : REMIT_STAMP_REFUSED,
				 remit_pid());
	}
	if (held) {
		remit_hold(ctx);
		facts.effect = REMIT_HELD;
		remit_question(subject, &judged, &facts, NULL);
		return REMIT_HOOK_PASS;
	}
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(subject, &judged, &facts);
	return judged.passes & REMIT_HOOK_PASS;
}

REMIT_INLINE int remit_judge_send(struct bpf_sock_addr *ctx, struct remit_subject *subject, struct remit_endpoint *endpoint, __u16 family)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct remit_session *session = subject->session;
	__u32 generation = remit_generation_of(session->authority);
	struct remit_stamp *stamp = bpf_sk_storage_get(&sockets, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = endpoint, .since_ns = now_ns, .family = family, .crossing = REMIT_SEND};

	if (!stamp) {
		remit_count_fault();
		return REMIT_HOOK_REFUSE;
	}
	if (!subject->conflict && stamp->session == session->id && stamp->state == REMIT_STAMP_ALLOWED && stamp->generation == generation &&
	    remit_same_endpoint(stamp, endpoint) && remit_standing(session, now_ns) == REMIT_GRANTED)
		return REMIT_HOOK_PASS;
	facts.toolset = remit_toolset_of_endpoint(remit_tables_of(session->authority), endpoint);
	if (!subject->conflict && remit_sent_before(bpf_get_socket_cookie(ctx), endpoint, generation)) {
		remit_judge(subject, facts.toolset, REMIT_JUDGED_AGAIN, now_ns, &judged);
		judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
		if (judged.passes) {
			remit_stamp_fill(stamp, subject, &judged, endpoint, REMIT_STAMP_ALLOWED, remit_pid());
			return REMIT_HOOK_PASS;
		}
	} else {
		remit_judge_and_take(subject, facts.toolset, now_ns, &judged);
	}
	remit_mark_socket(ctx, stamp, subject);
	remit_stamp_fill(stamp, subject, &judged, endpoint, judged.passes ? REMIT_STAMP_ALLOWED : REMIT_STAMP_REFUSED, remit_pid());
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(subject, &judged, &facts);
	return judged.passes & REMIT_HOOK_PASS;
}

/* The calls of both families, after the address was normalised. */
REMIT_INLINE int remit_on_call(struct bpf_sock_addr *ctx, struct remit_endpoint *endpoint, __u16 family, __u8 crossing)
{
	struct remit_subject subject = remit_subject_of_socket_call(ctx->sk);

	if (!subject.session)
		return REMIT_HOOK_PASS;
	endpoint->port = bpf_ntohs((__u16)ctx->user_port);
	endpoint->protocol = ctx->protocol;
	return crossing == REMIT_CONNECT ? remit_judge_connect(ctx, &subject, endpoint, family)
					 : remit_judge_send(ctx, &subject, endpoint, family);
}

REMIT_INLINE int remit_on_call4(struct bpf_sock_addr *ctx, __u8 crossing)
{
	struct remit_endpoint endpoint = {};

	remit_set_ipv4(&endpoint, ctx->user_ip4);
	return remit_on_call(ctx, &endpoint, AF_INET, crossing);
}

REMIT_INLINE int remit_on_call6(struct bpf_sock_addr *ctx, __u8 crossing)
{
	struct remit_endpoint endpoint = {};
	__u32 *words = (__u32 *)endpoint.address;

	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	return remit_on_call(ctx, &endpoint, AF_INET6, crossing);
}

/* A socket that no later hook judges, whatever it will be used for: refused. Returns whether it may be made after all (audit). */
REMIT_INLINE bool remit_judge_socket(struct remit_subject *subject, __u16 family, __u16 type, __u16 protocol)
{
	struct remit_judgement judged = {};
	struct remit_endpoint endpoint = {.protocol = protocol};
	struct remit_facts facts = {.endpoint = &endpoint, .family = family, .type = type, .crossing = REMIT_SOCKET};

	facts.since_ns = bpf_ktime_get_boot_ns();
	remit_judge_and_take(subject, NULL, facts.since_ns, &judged);
	if (judged.verdict.reason == REMIT_REASON_UNKNOWN) {
		judged.verdict = remit_verdict_of(REMIT_DENY, REMIT_REASON_FAMILY, REMIT_NO_TOOL, REMIT_NO_RULE);
		judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	}
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(subject, &judged, &facts);
	return judged.passes;
}

/* INET sockets of types and protocols that are not judged: raw, ping, MPTCP, SCTP, UDP-Lite … */
REMIT_INLINE int remit_socket_made(struct bpf_sock *sk)
{
	struct remit_subject subject = remit_subject_of_socket_call(NULL);
	__u32 type = sk->type;
	__u32 protocol = sk->protocol;

	if (!subject.session)
		return REMIT_HOOK_PASS;
	if ((type == SOCK_STREAM && protocol == IPPROTO_TCP) || (type == SOCK_DGRAM && protocol == IPPROTO_UDP))
		return REMIT_HOOK_PASS;
	return remit_judge_socket(&subject, sk->family, type, protocol) ? REMIT_HOOK_PASS : REMIT_HOOK_REFUSE;
}

/* LSM tier: families that no hook judges: packet, vsock, netlink but for routes (getifaddrs needs those) … INET is judged when the socket
 * is made; unix sockets are not judged yet. */
REMIT_INLINE int remit_family_wanted(int family, int type, int protocol)
{
	struct remit_subject subject;
	int refusal = -EPERM;

	/* Or the compiler makes -1 of the verdict by arithmetic, in which 6.12 does not see the bound of an LSM hook's return value. */
	barrier_var(refusal);
	if (family == AF_INET || family == AF_INET6 || family == AF_UNIX || (family == AF_NETLINK && protocol == NETLINK_ROUTE))
		return 0;
	subject = remit_subject_of_current();
	if (!subject.session)
		return 0;
	return remit_judge_socket(&subject, family, type & SOCK_TYPE_MASK, protocol) ? 0 : refusal;
}

/* LSM tier: puts the session of the caller on the socket, for the cgroup programs of kernels that cannot read task storage. A caller of no
 * session takes a socket out of the session it came from. */
REMIT_INLINE int remit_socket_called(struct socket *sock)
{
	struct remit_subject subject = remit_subject_of_current();
	struct sock *sk = sock->sk;
	struct remit_stamp *stamp;

	if (!sk)
		return 0;
	stamp = bpf_sk_storage_get(&sockets, sk, 0, subject.session ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (!stamp) {
		if (!subject.session)
			return 0;
		remit_count_fault();
		return -EACCES;
	}
	if (!subject.session) {
		stamp->session = 0;
		stamp->state = REMIT_UNSTAMPED;
		return 0;
	}
	if (stamp->session != subject.session->id) {
		stamp->session = subject.session->id;
		stamp->slot = subject.slot;
		if (stamp->state != REMIT_STAMP_ACCEPTED) /* of a listener from before the session, which it could not be cloned from */
			stamp->state = REMIT_UNSTAMPED;
	}
	return 0;
}

#endif
