/* Packets of sessions: the address that is really used, under the same tables. Attached per session, so other traffic pays nothing. A
 * stale socket is judged again in both directions; a SYN whose verdict is pending is held. An error in here drops. */
#ifndef REMIT_HOOKS_PACKET_H
#define REMIT_HOOKS_PACKET_H

#include "../lib/emit.h"
#include "../lib/stamp.h"

#define REMIT_PACKET_DROP 0
#define REMIT_PACKET_PASS 1
/* Drop and report congestion: TCP then repeats every 500 ms instead of backing off. Egress only. */
#define REMIT_PACKET_DROP_SLOWLY 2
#define REMIT_MAX_IPV6_EXTENSIONS 4
#define REMIT_TCP_LISTEN 10

struct remit_ipv4_head {
	__u8 version_ihl;
	__u8 tos;
	__u16 length;
	__u16 id;
	__u16 fragment;
	__u8 ttl;
	__u8 protocol;
	__u16 check;
	__u32 source;
	__u32 destination;
};

struct remit_ipv6_head {
	__u32 version_flow;
	__u16 length;
	__u8 next;
	__u8 hops;
	__u8 source[16];
	__u8 destination[16];
};

/* The destination port of TCP and UDP stands at the same place; other protocols have none. */
REMIT_INLINE void remit_read_port(struct __sk_buff *skb, __u32 offset, struct remit_endpoint *out)
{
	__u16 port = 0;

	if (out->protocol == IPPROTO_TCP || out->protocol == IPPROTO_UDP)
		bpf_skb_load_bytes(skb, offset + 2, &port, sizeof(port));
	out->port = bpf_ntohs(port);
}

REMIT_INLINE bool remit_read_destination4(struct __sk_buff *skb, struct remit_endpoint *out)
{
	struct remit_ipv4_head head;

	if (bpf_skb_load_bytes(skb, 0, &head, sizeof(head)))
		return false;
	remit_set_ipv4(out, head.destination);
	out->protocol = head.protocol;
	remit_read_port(skb, (head.version_ihl & 0xf) * 4, out);
	return true;
}

/* With a routing header the destination field is the next hop: the address really used, and the one that is judged. */
REMIT_INLINE bool remit_read_destination6(struct __sk_buff *skb, struct remit_endpoint *out)
{
	struct remit_ipv6_head head;
	__u32 offset = sizeof(head);

	if (bpf_skb_load_bytes(skb, 0, &head, sizeof(head)))
		return false;
	__builtin_memcpy(out->address, head.destination, sizeof(out->address));
	out->protocol = head.next;
	for (int i = 0; i < REMIT_MAX_IPV6_EXTENSIONS; i++) {
		__u8 extension[2];

		if (out->protocol != IPPROTO_HOPOPTS && out->protocol != IPPROTO_ROUTING && out->protocol != IPPROTO_DSTOPTS)
			break;
		if (bpf_skb_load_bytes(skb, offset, extension, sizeof(extension)))
			return false;
		out->protocol = extension[0];
		offset += (extension[1] + 1) * 8;
	}
	remit_read_port(skb, offset, out);
	return true;
}

REMIT_INLINE bool remit_read_destination(struct __sk_buff *skb, struct remit_endpoint *out)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return remit_read_destination4(skb, out);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return remit_read_destination6(skb, out);
	return false;
}

/* Whose packet it is: by the socket's stamp, else by the cgroup in which the socket was made. */
REMIT_INLINE struct remit_subject remit_subject_of_packet(struct __sk_buff *skb, const struct remit_stamp *stamp)
{
	if (stamp && stamp->session)
		return remit_join(stamp->session, stamp->slot, 0);
	return remit_join(0, 0, remit_slot_of_packet(skb));
}

REMIT_INLINE int remit_drop(void)
{
	struct remit_totals *here = remit_totals_here();

	if (here)
		__sync_fetch_and_add(&here->dropped_packets, 1);
	return dry_run ? REMIT_PACKET_PASS : REMIT_PACKET_DROP;
}

REMIT_INLINE void remit_stamp_again(struct remit_stamp *stamp, const struct remit_subject *subject, const struct remit_judgement *judged,
				    const struct remit_endpoint *endpoint)
{
	remit_stamp_fill(stamp, subject, judged, endpoint, judged->passes ? REMIT_STAMP_ALLOWED : REMIT_STAMP_REFUSED, stamp->pid);
}

/* Judges a socket again after its generation went stale: takes nothing, records nothing. */
REMIT_INLINE bool remit_still_passes(struct remit_subject *subject, struct remit_stamp *stamp, const struct remit_endpoint *endpoint,
				     __u64 now_ns)
{
	struct remit_judgement judged = {};

	remit_judge(subject, remit_toolset_of_endpoint(remit_tables_of(subject->session->authority), endpoint), REMIT_JUDGED_AGAIN, now_ns,
		    &judged);
	judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	remit_stamp_again(stamp, subject, &judged, endpoint);
	return judged.passes;
}

/* A crossing that no call was judged for (fast open, a socket from before the session), or one that was held: decided on the packet. */
REMIT_INLINE bool remit_judge_packet(struct __sk_buff *skb, struct remit_subject *subject, struct remit_stamp *stamp,
				     const struct remit_endpoint *endpoint, __u64 since_ns, __u64 now_ns)
{
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = endpoint, .since_ns = since_ns};

	facts.crossing = endpoint->protocol == IPPROTO_UDP ? REMIT_SEND : REMIT_CONNECT;
	facts.family = skb->family;
	facts.toolset = remit_toolset_of_endpoint(remit_tables_of(subject->session->authority), endpoint);
	remit_judge_and_take(subject, facts.toolset, now_ns, &judged);
	if (judged.verdict.kind == REMIT_PENDING && stamp->state == REMIT_STAMP_PENDING && !judged.passes)
		return false;
	remit_stamp_again(stamp, subject, &judged, endpoint);
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_DROPPED;
	remit_emit_packet(subject, &judged, &facts, stamp->pid);
	return judged.passes;
}

/* A SYN whose verdict was not known at connect: asks the tables again, and drops until they answer. */
REMIT_INLINE int remit_hold_packet(struct __sk_buff *skb, struct remit_subject *subject, struct remit_stamp *stamp,
				   const struct remit_endpoint *endpoint, __u64 now_ns)
{
	struct remit_totals *here = remit_totals_here();

	if (remit_judge_packet(skb, subject, stamp, endpoint, stamp->asked_ns, now_ns))
		return REMIT_PACKET_PASS;
	if (stamp->state != REMIT_STAMP_PENDING)
		return remit_drop();
	if (here)
		__sync_fetch_and_add(&here->held_syns, 1);
	if (stamp->drops < 255)
		stamp->drops++;
	return stamp->drops <= REMIT_HOLD_QUICK_DROPS ? REMIT_PACKET_DROP : REMIT_PACKET_DROP_SLOWLY;
}

REMIT_INLINE bool remit_is_listener(struct bpf_sock *sk)
{
	struct bpf_sock *full = bpf_sk_fullsock(sk);

	return full && full->protocol == IPPROTO_TCP && full->state == REMIT_TCP_LISTEN;
}

REMIT_INLINE int remit_packet_out(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct remit_stamp *stamp = sk ? bpf_sk_storage_get(&sockets, sk, 0, 0) : NULL;
	struct remit_subject subject = remit_subject_of_packet(skb, stamp);
	struct remit_session *session = subject.session;
	struct remit_endpoint endpoint = {};
	__u64 now_ns;

	if (!session || !sk)
		return REMIT_PACKET_PASS;
	now_ns = bpf_ktime_get_boot_ns();
	if (!remit_read_destination(skb, &endpoint))
		return remit_drop();
	if (subject.conflict || remit_standing(session, now_ns) != REMIT_GRANTED)
		return remit_drop();
	__sync_fetch_and_add(&session->bytes_out, skb->len);
	/* A listener answers who asks; what it may listen on is judged at the listen. In the LSM tier it has a stamp from its creation. */
	if ((!stamp || stamp->state == REMIT_UNSTAMPED) && remit_is_listener(sk))
		return REMIT_PACKET_PASS;
	if (!stamp) {
		stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (!stamp) {
			remit_count_fault();
			return remit_drop();
		}
	}
	if (stamp->state == REMIT_STAMP_ACCEPTED)
		return REMIT_PACKET_PASS;
	if (stamp->state == REMIT_STAMP_PENDING)
		return remit_hold_packet(skb, &subject, stamp, &endpoint, now_ns);
	if (stamp->state != REMIT_UNSTAMPED && remit_same_endpoint(stamp, &endpoint)) {
		if (stamp->generation == remit_generation_of(session->authority))
			return stamp->state == REMIT_STAMP_ALLOWED ? REMIT_PACKET_PASS : remit_drop();
		return remit_still_passes(&subject, stamp, &endpoint, now_ns) ? REMIT_PACKET_PASS : remit_drop();
	}
	if (remit_sent_before(bpf_get_socket_cookie(skb), &endpoint, remit_generation_of(session->authority)))
		return remit_still_passes(&subject, stamp, &endpoint, now_ns) ? REMIT_PACKET_PASS : remit_drop();
	return remit_judge_packet(skb, &subject, stamp, &endpoint, now_ns, now_ns) ? REMIT_PACKET_PASS : remit_drop();
}

/* What comes in on a socket of a session that is over, or on one whose authority is gone, is dropped. */
REMIT_INLINE int remit_packet_in(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct remit_stamp *stamp = sk ? bpf_sk_storage_get(&sockets, sk, 0, 0) : NULL;
	struct remit_subject subject = remit_subject_of_packet(skb, stamp);
	struct remit_session *session = subject.session;
	struct remit_endpoint endpoint = {};
	__u64 now_ns;

	if (!session)
		return REMIT_PACKET_PASS;
	now_ns = bpf_ktime_get_boot_ns();
	if (subject.conflict || remit_standing(session, now_ns) != REMIT_GRANTED)
		return remit_drop();
	__sync_fetch_and_add(&session->bytes_in, skb->len);
	if (!stamp || stamp->state != REMIT_STAMP_ALLOWED || stamp->generation == remit_generation_of(session->authority))
		return stamp && stamp->state == REMIT_STAMP_REFUSED ? remit_drop() : REMIT_PACKET_PASS;
	__builtin_memcpy(endpoint.address, stamp->address, sizeof(endpoint.address));
	endpoint.port = stamp->port;
	endpoint.protocol = stamp->protocol;
	return remit_still_passes(&subject, stamp, &endpoint, now_ns) ? REMIT_PACKET_PASS : remit_drop();
}

/* A held connect repeats its first SYN after one jiffy; an accepted connection is stamped as such. */
REMIT_INLINE void remit_socket_event(struct bpf_sock_ops *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct remit_stamp *stamp;

	if (!sk)
		return;
	if (ctx->op == BPF_SOCK_OPS_TIMEOUT_INIT) {
		stamp = bpf_sk_storage_get(&sockets, sk, 0, 0);
		if (stamp && stamp->state == REMIT_STAMP_PENDING)
			ctx->reply = 1;
	} else if (ctx->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
		stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (stamp)
			stamp->state = REMIT_STAMP_ACCEPTED;
		else
			remit_count_fault();
	}
}

#endif
