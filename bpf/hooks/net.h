/* The calls on sockets: connect, sendmsg with an address, socket creation. They give the clear error; hooks/packet.h enforces the same
 * verdict on the address really used. In a session an error in here refuses; outside every session it passes. */
#ifndef REMIT_HOOKS_NET_H
#define REMIT_HOOKS_NET_H

#include "../lib/emit.h"
#include "../lib/own.h"
#include "../lib/stamp.h"
#include "dns.h"
#include "listen.h"

#define REMIT_HOOK_PASS 1
#define REMIT_HOOK_REFUSE 0 /* EPERM to the caller */

REMIT_INLINE __u32 remit_pid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* Marks a socket that was made before its session, when it is stamped first; others are marked as they are made. */
REMIT_INLINE void remit_mark_socket(struct bpf_sock_addr *ctx, const struct remit_stamp *stamp, const struct remit_subject *subject)
{
	int mark = remit_mark_of(subject->slot);

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

/* The stamp of the socket of a call; NULL: there is no room for one, or the socket was made outside of the session, where no packet
 * program of the session sees it. judged then holds the refusal. */
REMIT_INLINE struct remit_stamp *remit_stamp_of_call(struct bpf_sock *sk, const struct remit_subject *subject,
						     struct remit_judgement *judged)
{
	struct remit_stamp *stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!stamp) {
		remit_count_fault();
		judged->verdict = remit_refusal_always(REMIT_REASON_FAULT);
		return NULL;
	}
	if (stamp->session == subject->session->id || remit_slot_of_sock(remit_sock_of(sk)) == subject->slot)
		return stamp;
	judged->verdict = remit_refusal_always(REMIT_REASON_FOREIGN);
	return NULL;
}

REMIT_INLINE __u8 remit_stamp_state(const struct remit_judgement *judged)
{
	if (judged->verdict.flags & REMIT_OF_ITS_OWN)
		return REMIT_STAMP_OWN;
	return judged->passes ? REMIT_STAMP_ALLOWED : REMIT_STAMP_REFUSED;
}

/* A call on a socket that cannot be used: what would have been decided does not matter. */
REMIT_INLINE int remit_refuse_call(struct remit_subject *subject, struct remit_judgement *judged, struct remit_facts *facts)
{
	struct remit_verdict verdict = judged->verdict;

	remit_judge(subject, NULL, REMIT_JUDGED_AGAIN, facts->since_ns, judged);
	judged->verdict = verdict;
	judged->passes = dry_run & 1;
	facts->effect = judged->passes ? REMIT_PASSED : REMIT_REFUSED;
	remit_emit(subject, judged, facts);
	return judged->passes & REMIT_HOOK_PASS;
}

REMIT_INLINE int remit_judge_connect(struct bpf_sock_addr *ctx, struct remit_subject *subject, struct remit_endpoint *endpoint,
				     __u16 family)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = endpoint, .since_ns = now_ns, .family = family, .crossing = REMIT_CONNECT};
	struct remit_stamp *stamp = remit_stamp_of_call(ctx->sk, subject, &judged);
	bool held;

	if (!stamp)
		return remit_refuse_call(subject, &judged, &facts);
	if (remit_is_own_peer(ctx, subject->session, endpoint)) {
		remit_judge_own(subject, now_ns, &judged);
	} else {
		facts.toolset = remit_toolset_of_endpoint(subject->session, endpoint, now_ns);
		remit_judge_and_take(subject, facts.toolset, now_ns, &judged);
	}
	held = judged.verdict.kind == REMIT_PENDING && !judged.passes && endpoint->protocol == IPPROTO_TCP;
	remit_mark_socket(ctx, stamp, subject);
	remit_stamp_fill(stamp, subject, &judged, endpoint, held ? REMIT_STAMP_PENDING : remit_stamp_state(&judged), remit_pid());
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

/* Was this very endpoint allowed on this socket, under the authority that holds now? */
REMIT_INLINE bool remit_stands_allowed(const struct remit_subject *subject, const struct remit_stamp *stamp,
				       const struct remit_endpoint *endpoint, __u64 now_ns)
{
	return !subject->conflict && stamp->session == subject->session->id && stamp->state == REMIT_STAMP_ALLOWED &&
	       stamp->generation == remit_generation_of_line(subject->session) && remit_same_endpoint(stamp, endpoint) &&
	       remit_standing_of_line(subject->session, now_ns) == REMIT_GRANTED;
}

REMIT_INLINE int remit_judge_send(struct bpf_sock_addr *ctx, struct remit_subject *subject, struct remit_endpoint *endpoint, __u16 family)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = endpoint, .since_ns = now_ns, .family = family, .crossing = REMIT_SEND};
	struct remit_stamp *stamp = remit_stamp_of_call(ctx->sk, subject, &judged);
	bool again;

	if (!stamp)
		return remit_refuse_call(subject, &judged, &facts);
	if (remit_stands_allowed(subject, stamp, endpoint, now_ns) || remit_asks_resolver(ctx->sk, subject, endpoint, now_ns))
		return REMIT_HOOK_PASS;
	again = !subject->conflict && remit_sent_before(bpf_get_socket_cookie(ctx), endpoint, remit_generation_of_line(subject->session));
	if (remit_is_own_peer(ctx, subject->session, endpoint)) {
		remit_judge_own(subject, now_ns, &judged);
	} else {
		facts.toolset = remit_toolset_of_endpoint(subject->session, endpoint, again ? 0 : now_ns);
		if (again) {
			remit_judge(subject, facts.toolset, REMIT_JUDGED_AGAIN, now_ns, &judged);
			judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
		} else {
			remit_judge_and_take(subject, facts.toolset, now_ns, &judged);
		}
	}
	remit_mark_socket(ctx, stamp, subject);
	remit_stamp_fill(stamp, subject, &judged, endpoint, remit_stamp_state(&judged), remit_pid());
	if (again && judged.passes)
		return REMIT_HOOK_PASS;
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
	if (crossing == REMIT_LISTEN)
		return remit_judge_bind(ctx, &subject, endpoint, family);
	remit_name_loopback(endpoint);
	return crossing == REMIT_CONNECT ? remit_judge_connect(ctx, &subject, endpoint, family)
					 : remit_judge_send(ctx, &subject, endpoint, family);
}

REMIT_INLINE int remit_on_call4(struct bpf_sock_addr *ctx, __u8 crossing)
{
	struct remit_endpoint endpoint = {};

	remit_set_ipv4(&endpoint, ctx->user_ip4);
	if (crossing != REMIT_LISTEN && ctx->user_port == bpf_htons(REMIT_DNS_PORT) && remit_redirects(ctx, &endpoint)) {
		ctx->user_ip4 = bpf_htonl(REMIT_LOOPBACK4);
		ctx->user_port = bpf_htons(endpoint.port);
		return REMIT_HOOK_PASS;
	}
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
	if (crossing != REMIT_LISTEN && ctx->user_port == bpf_htons(REMIT_DNS_PORT) && remit_redirects(ctx, &endpoint)) {
		ctx->user_ip6[0] = 0;
		ctx->user_ip6[1] = 0;
		ctx->user_ip6[2] = words[2];
		ctx->user_ip6[3] = words[3];
		ctx->user_port = bpf_htons(endpoint.port);
		return REMIT_HOOK_PASS;
	}
	return remit_on_call(ctx, &endpoint, AF_INET6, crossing);
}

#endif
