/* What sockets carry and leave behind: the stamp that their packets pass by, what they sent and received, and whose they are or were.
 * Passive data, the same bytes on both sides. */
#ifndef REMIT_ABI_SOCKET_H
#define REMIT_ABI_SOCKET_H

#include "policy.h"

enum remit_stamp_state {
	REMIT_UNSTAMPED = 0, /* carries a session, and nothing was judged */
	REMIT_STAMP_ALLOWED = 1,
	REMIT_STAMP_PENDING = 2, /* a SYN is held */
	REMIT_STAMP_REFUSED = 3,
	REMIT_STAMP_ACCEPTED = 4, /* a connection that a listener of the session took */
	REMIT_STAMP_LISTENS = 5, /* a listener that may listen */
	REMIT_STAMP_LISTENS_NOT = 6, /* a listener that may not: nothing reaches it */
	REMIT_STAMP_OWN = 7, /* to a peer of the session itself */
};

enum remit_stamp_flags {
	REMIT_RECEIVES = 1 << 0, /* a datagram socket that may take what it did not ask for */
	REMIT_CLOSED = 1 << 1, /* by its process: what still passes is told to the flow packet by packet */
	REMIT_ASKS = 1 << 2, /* it was sent to the resolver instead: its packets may be queries and answers */
};

/* What a socket carries: whose it is, and the verdict that its packets pass by while the generation stands. */
struct remit_stamp {
	__u64 session;
	__u64 asked_ns; /* boot time of the last judgement; of the crossing that is held */
	__u64 sent; /* packets << REMIT_PACKETS_SHIFT | bytes, since they were added to the flow */
	__u64 received;
	__u32 slot;
	__u32 generation;
	__u8 address[16]; /* of the peer, or where it listens; IPv4 as ::ffff:a.b.c.d */
	__u16 port; /* host order */
	__u16 protocol;
	__u16 tool;
	__u16 rule;
	__u8 state; /* enum remit_stamp_state */
	__u8 drops; /* SYNs held so far, stops at 255 */
	__u16 flags; /* enum remit_stamp_flags */
	__u32 pid; /* of the process whose call was judged last */
};
REMIT_ASSERT_SIZE(remit_stamp, 72);
#define REMIT_PACKETS_SHIFT 40

/* What the sockets of a session sent and received, by tool and endpoint. Numbers below REMIT_FIRST_FLOW are a tool's, for what comes after
 * REMIT_MAX_FLOWS_PER_SESSION endpoints. */
struct remit_flow_key {
	__u64 session;
	__u32 number;
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_flow_key, 16);
#define REMIT_FLOW_OF_TOOL(tool) (1 + ((tool) < REMIT_MAX_TOOLS ? (tool) : REMIT_MAX_TOOLS))
#define REMIT_FIRST_FLOW (REMIT_MAX_TOOLS + 2)

struct remit_flow {
	__u64 bytes_out;
	__u64 bytes_in;
	__u64 packets_out;
	__u64 packets_in;
	__u8 address[16]; /* of the peer, or where it was listened; IPv4 as ::ffff:a.b.c.d; with a tool's number all zero */
	__u16 port; /* host order */
	__u16 protocol; /* with REMIT_LISTENS: of connections that a listener took */
	__u16 tool;
	__u16 reserved;
};
REMIT_ASSERT_SIZE(remit_flow, 56);

/* The number of the flow of an endpoint. */
struct remit_flow_name {
	__u64 session;
	__u8 address[16];
	__u16 port;
	__u16 protocol;
	__u16 tool;
	__u16 reserved;
};
REMIT_ASSERT_SIZE(remit_flow_name, 32);

/* The two ends of a socket. The far one of a datagram socket without a peer: the endpoint that it was judged for last. */
struct remit_ends {
	__u8 local[16]; /* IPv4 as ::ffff:a.b.c.d */
	__u8 remote[16];
	__u16 local_port; /* host order */
	__u16 remote_port;
	__u16 protocol;
	__u16 reserved;
};
REMIT_ASSERT_SIZE(remit_ends, 40);

/* What the iterator over datagram sockets writes for one of a session. */
struct remit_open_socket {
	struct remit_ends ends;
	struct remit_stamp stamp;
};
REMIT_ASSERT_SIZE(remit_open_socket, 112);

/* One of the last sockets that were closed. A reader that copies it while it is written finds two numbers. */
struct remit_closed {
	__u64 number; /* from 1; 0: none yet */
	__u64 closed_ns; /* boot time */
	struct remit_ends ends;
	struct remit_stamp stamp;
	__u64 number_again;
};
REMIT_ASSERT_SIZE(remit_closed, 136);

#endif
