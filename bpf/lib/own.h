/* Is the listener or the bound datagram socket behind a loopback endpoint the session's own? A macro's worth of code for three kinds of
 * context: BPF takes no pointer to "some context". */
#ifndef REMIT_LIB_OWN_H
#define REMIT_LIB_OWN_H

#include "object.h"
#include "subject.h"

/* The fields of the tuple that a look-up by destination alone needs; the source is of no matter to a listener. */
REMIT_INLINE __u32 remit_fill_tuple(struct bpf_sock_tuple *tuple, const struct remit_endpoint *endpoint)
{
	const __u32 *words = (const __u32 *)endpoint->address;

	if (remit_is_ipv4(endpoint)) {
		tuple->ipv4.daddr = words[3];
		tuple->ipv4.dport = bpf_htons(endpoint->port);
		return sizeof(tuple->ipv4);
	}
	__builtin_memcpy(tuple->ipv6.daddr, endpoint->address, sizeof(tuple->ipv6.daddr));
	tuple->ipv6.dport = bpf_htons(endpoint->port);
	return sizeof(tuple->ipv6);
}

/* ctx: of a sock_addr or skb program. Whoever gets it releases it. */
REMIT_INLINE struct bpf_sock *remit_look_up(void *ctx, const struct remit_endpoint *endpoint)
{
	struct bpf_sock_tuple tuple = {};
	__u32 size = remit_fill_tuple(&tuple, endpoint);

	if (endpoint->protocol == IPPROTO_TCP)
		return size == sizeof(tuple.ipv4) ? bpf_sk_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0)
						  : bpf_sk_lookup_tcp(ctx, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
	return size == sizeof(tuple.ipv4) ? bpf_sk_lookup_udp(ctx, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0)
					  : bpf_sk_lookup_udp(ctx, &tuple, sizeof(tuple.ipv6), BPF_F_CURRENT_NETNS, 0);
}

/* Loopback only: a look-up finds a listener on all addresses for any address, also one far away. */
REMIT_APART bool remit_is_own_peer(void *ctx, const struct remit_session *session, const struct remit_endpoint *endpoint)
{
	struct remit_stamp *stamp;
	struct bpf_sock *peer;
	bool own;

	if (!remit_is_loopback(endpoint))
		return false;
	peer = remit_look_up(ctx, endpoint);
	if (!peer)
		return false;
	stamp = bpf_sk_storage_get(&sockets, peer, 0, 0);
	own = stamp && stamp->session == session->id;
	bpf_sk_release(peer);
	return own;
}

#endif
