/* What was sent and received, by session, tool and endpoint. A socket gathers its packets in its stamp, by one addition each; every
 * REMIT_FLOW_PACKETS of them, and what is left when it is closed or gets another endpoint, go to the flow that they belong to. */
#ifndef REMIT_LIB_FLOW_H
#define REMIT_LIB_FLOW_H

#include "subject.h"

/* A flow of its own for the first endpoints, then one a tool. 0: the session is over. */
REMIT_APART __u32 remit_flow_number(const struct remit_stamp *stamp, __u16 protocol)
{
	struct remit_flow_name name = {.session = stamp->session, .port = stamp->port, .protocol = protocol, .tool = stamp->tool};
	struct remit_session *session = remit_session_at(stamp->slot);
	__u32 *known, number;

	if (!session || session->id != stamp->session)
		return 0;
	__builtin_memcpy(name.address, stamp->address, sizeof(name.address));
	known = bpf_map_lookup_elem(&flow_names, &name);
	if (known)
		return *known;
	number = REMIT_FLOW_OF_TOOL(stamp->tool);
	if (session->flows >= REMIT_MAX_FLOWS_PER_SESSION)
		return number;
	number = REMIT_FIRST_FLOW + __sync_fetch_and_add(&session->flows, 1);
	if (bpf_map_update_elem(&flow_names, &name, &number, BPF_NOEXIST))
		return REMIT_FLOW_OF_TOOL(stamp->tool);
	return number;
}

/* Adds what a socket has gathered to its flow. What finds no room is in the session's sums alone. */
REMIT_APART void remit_pour(struct remit_stamp *stamp)
{
	bool listens = stamp->state == REMIT_STAMP_LISTENS || stamp->state == REMIT_STAMP_ACCEPTED;
	__u16 protocol = stamp->protocol | (listens ? REMIT_LISTENS : 0);
	__u64 sent = __sync_lock_test_and_set(&stamp->sent, 0);
	__u64 received = __sync_lock_test_and_set(&stamp->received, 0);
	const __u64 bytes = (1ULL << REMIT_PACKETS_SHIFT) - 1;
	struct remit_flow_key key = {.session = stamp->session};
	struct remit_flow made = {.tool = stamp->tool};
	struct remit_flow *flow;

	if (!(sent | received) || !stamp->session)
		return;
	key.number = remit_flow_number(stamp, protocol);
	if (!key.number)
		return;
	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow) {
		if (key.number >= REMIT_FIRST_FLOW) {
			__builtin_memcpy(made.address, stamp->address, sizeof(made.address));
			made.port = stamp->port;
			made.protocol = protocol;
		}
		bpf_map_update_elem(&flows, &key, &made, BPF_NOEXIST);
		flow = bpf_map_lookup_elem(&flows, &key);
	}
	if (!flow)
		return;
	__sync_fetch_and_add(&flow->bytes_out, sent & bytes);
	__sync_fetch_and_add(&flow->packets_out, sent >> REMIT_PACKETS_SHIFT);
	__sync_fetch_and_add(&flow->bytes_in, received & bytes);
	__sync_fetch_and_add(&flow->packets_in, received >> REMIT_PACKETS_SHIFT);
}

/* The gathered packets of an atomic word, with one more: does the flow get them now? */
REMIT_INLINE bool remit_gather(__u64 *gathered, __u32 bytes)
{
	return __sync_fetch_and_add(gathered, (1ULL << REMIT_PACKETS_SHIFT) + bytes) >> REMIT_PACKETS_SHIFT >= REMIT_FLOW_PACKETS - 1;
}

#endif
