/* What a socket carries, and the memory of datagram endpoints that were judged already. */
#ifndef REMIT_LIB_STAMP_H
#define REMIT_LIB_STAMP_H

#include "flow.h"
#include "take.h"

REMIT_INLINE bool remit_same_endpoint(const struct remit_stamp *stamp, const struct remit_endpoint *endpoint)
{
	const __u64 *a = (const __u64 *)stamp->address, *b = (const __u64 *)endpoint->address;

	return a[0] == b[0] && a[1] == b[1] && stamp->port == endpoint->port && stamp->protocol == endpoint->protocol;
}

/* pid: of the process whose call was judged. */
REMIT_INLINE void remit_stamp_fill(struct remit_stamp *stamp, const struct remit_subject *subject, const struct remit_judgement *judged,
				   const struct remit_endpoint *endpoint, __u8 state, __u32 pid)
{
	if ((stamp->sent | stamp->received) && (!remit_same_endpoint(stamp, endpoint) || stamp->tool != judged->verdict.tool))
		remit_pour(stamp);
	stamp->session = subject->session->id;
	stamp->slot = subject->slot;
	stamp->asked_ns = judged->now_ns;
	stamp->generation = judged->generation;
	__builtin_memcpy(stamp->address, endpoint->address, sizeof(stamp->address));
	stamp->port = endpoint->port;
	stamp->protocol = endpoint->protocol;
	stamp->tool = judged->verdict.tool;
	stamp->rule = judged->verdict.rule;
	stamp->pid = pid;
	stamp->drops = 0;
	stamp->state = state;
}

/* Was this datagram endpoint judged for this socket in this generation? Notes it if not. */
REMIT_APART bool remit_sent_before(__u64 cookie, const struct remit_endpoint *endpoint, __u32 generation)
{
	struct remit_sent_key key = {.cookie = cookie, .generation = generation, .port = endpoint->port};
	__u64 one = 1;

	__builtin_memcpy(key.address, endpoint->address, sizeof(key.address));
	if (bpf_map_lookup_elem(&sent, &key))
		return true;
	bpf_map_update_elem(&sent, &key, &one, BPF_ANY);
	return false;
}

#endif
