/* Whose a socket is or was, for `remit whois`: open datagram sockets by an iterator, and the last that were closed. Decides nothing; an error
 * in here costs an answer. */
#ifndef REMIT_HOOKS_WHOSE_H
#define REMIT_HOOKS_WHOSE_H

#include "../lib/flow.h"
#include "listen.h"

/* Both ends of a socket. False: it never had a port, or a peer, so that no packet could name it. */
REMIT_INLINE bool remit_read_ends(const struct sock *sk, const struct remit_stamp *stamp, struct remit_ends *key)
{
	struct remit_endpoint end = {};

	key->local_port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
	key->remote_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	remit_read_local(sk, &end);
	key->protocol = end.protocol;
	__builtin_memcpy(key->local, end.address, sizeof(key->local));
	if (!key->remote_port) {
		key->remote_port = stamp->port;
		__builtin_memcpy(key->remote, stamp->address, sizeof(key->remote));
	} else if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
		remit_set_ipv4(&end, BPF_CORE_READ(sk, __sk_common.skc_daddr));
		__builtin_memcpy(key->remote, end.address, sizeof(key->remote));
	} else {
		BPF_CORE_READ_INTO(&key->remote, sk, __sk_common.skc_v6_daddr);
	}
	return key->local_port && key->remote_port;
}

/* For `remit whois`: whose an open datagram socket is. */
REMIT_INLINE void remit_write_datagrams(struct bpf_iter__udp *ctx)
{
	struct udp_sock *sk = ctx->udp_sk;
	struct remit_open_socket open = {};
	struct remit_stamp *stamp;

	if (!sk)
		return;
	stamp = bpf_sk_storage_get(&sockets, sk, 0, 0);
	if (!stamp || !stamp->session || !remit_read_ends((const struct sock *)sk, stamp, &open.ends))
		return;
	open.stamp = *stamp;
	bpf_seq_write(ctx->meta->seq, &open, sizeof(open));
}

/* The place for the next closed socket, with its number. */
REMIT_INLINE struct remit_closed *remit_next_closed(__u64 *number)
{
	__u32 first = 0;
	__u64 *closings_here = bpf_map_lookup_elem(&closings, &first);
	__u32 place;

	if (!closings_here)
		return NULL;
	*number = __sync_fetch_and_add(closings_here, 1) + 1;
	place = *number % REMIT_MAX_CLOSED;
	return bpf_map_lookup_elem(&closed, &place);
}

/* A socket is closed by its last holder: what it gathered goes to its flow, and whose it was is kept for a while. */
REMIT_INLINE void remit_socket_closed(struct bpf_sock *ctx)
{
	struct remit_stamp *stamp = bpf_sk_storage_get(&sockets, ctx, 0, 0);
	struct remit_ends ends = {};
	struct remit_closed *entry;
	__u64 number;

	if (!stamp || !stamp->session)
		return;
	stamp->flags |= REMIT_CLOSED;
	remit_pour(stamp);
	if (!remit_read_ends(remit_sock_of(ctx), stamp, &ends))
		return;
	entry = remit_next_closed(&number);
	if (!entry)
		return;
	__sync_lock_test_and_set(&entry->number_again, 0); /* orders what is written around it */
	entry->number = number;
	entry->closed_ns = bpf_ktime_get_boot_ns();
	entry->ends = ends;
	entry->stamp = *stamp;
	__sync_lock_test_and_set(&entry->number_again, number);
}

#endif
