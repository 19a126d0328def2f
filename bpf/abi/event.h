/* What the kernel tells the daemon: one record a crossing (ring `records`), one a question (ring `questions`). Checked for size and
 * version before a cast. Numbers (cpu, n) are taken before the record is reserved, so that a missing one is an exact gap. */
#ifndef REMIT_ABI_EVENT_H
#define REMIT_ABI_EVENT_H

#include "policy.h"

enum remit_crossing {
	REMIT_EXEC = 0,
	REMIT_CONNECT = 1,
	REMIT_SEND = 2,
	REMIT_LISTEN = 3,
	REMIT_UNIX = 4,
	REMIT_RESOLVE = 5,
	REMIT_SOCKET = 6, /* a socket of a family, type or protocol that is not judged; written as a connect with no address */
};

enum remit_effect { REMIT_PASSED = 0, REMIT_REFUSED = 1, REMIT_HELD = 2, REMIT_KILLED = 3, REMIT_DROPPED = 4 };

enum remit_event_flags {
	REMIT_EVENT_PATH_CUT = 1 << 0,
	REMIT_EVENT_QUESTION = 1 << 1, /* not final: no number, does not count as a crossing */
	REMIT_EVENT_SCRIPT = 1 << 2, /* the base tier judged an interpreter; path is the script's, as claimed */
};

struct remit_event {
	__u64 n; /* of this cpu, from 0 */
	__u64 boot_ns;
	__u64 session;
	__u64 latency_ns; /* from the hook's entry, or from the crossing that was held, to the effect */
	__u64 task_start_ns; /* boot time; with pid it names the process */
	__u64 seen_before[REMIT_MARK_WORDS];
	__u64 gained[REMIT_MARK_WORDS]; /* marks that this crossing gave */
	struct remit_toolset toolset;
	struct remit_file program; /* what the process runs */
	struct remit_file file; /* exec: what it is about to run */
	__u32 abi; /* REMIT_ABI_VERSION */
	__u32 cpu;
	__u32 slot;
	__u32 generation;
	__u32 tables;
	__u32 pid; /* of the process (thread group) in the initial namespace */
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	__u16 protocol; /* IPPROTO_*; sockets of other families: the protocol as given */
	__u16 family; /* AF_* of the socket */
	__u16 type; /* SOCK_* of a refused socket */
	__u16 port; /* host order */
	__u16 tool;
	__u16 rule;
	__u16 verdict_flags;
	__u16 flags; /* enum remit_event_flags */
	__u8 crossing; /* enum remit_crossing */
	__u8 verdict; /* enum remit_verdict_kind */
	__u8 reason; /* enum remit_reason */
	__u8 effect; /* enum remit_effect */
	__u8 mode; /* enum remit_mode */
	__u8 reserved[3];
	__u8 address[16]; /* IPv4 as ::ffff:a.b.c.d */
	char comm[REMIT_COMM_BYTES];
	char path[REMIT_PATH_BYTES]; /* exec: as the caller named it, zero ended; never decided by */
};

/* A record of a crossing without a path is cut off before it. */
#define REMIT_EVENT_HEAD __builtin_offsetof(struct remit_event, path)
REMIT_ASSERT_SIZE(remit_event, 40 + 80 + 72 + 64 + 40 + 16 + 8 + 16 + 16 + 256);

/* Per-CPU counts, pinned: they go on over restarts. */
struct remit_totals {
	__u64 crossings; /* final ones; the next number */
	__u64 lost; /* records that found no room */
	__u64 questions;
	__u64 questions_lost;
	__u64 faults; /* failed helpers and allocations inside hooks: each refused a session's task */
	__u64 kills;
	__u64 dropped_packets;
	__u64 held_syns;
};
REMIT_ASSERT_SIZE(remit_totals, 64);

/* What the iterator over open files writes for one descriptor of the daemon. */
struct remit_fd_identity {
	struct remit_file file;
	__u32 fd;
	__u32 mode; /* i_mode */
	__u32 uid;
	__u32 gid;
};
REMIT_ASSERT_SIZE(remit_fd_identity, 48);

/* In and out of the program `remit_ask` (BPF_PROG_TEST_RUN): would this exec pass? The daemon asks for a held caller; a refusal is
 * recorded by the kernel with the number of a final crossing, as the errno goes to the caller without reaching the exec hook. */
struct remit_ask {
	struct remit_file program; /* what the caller runs */
	struct remit_file file; /* what it wants to run */
	__u64 session;
	__u64 task_start_ns;
	__u64 boot_ns; /* when the call was held; latency counts from here */
	__u32 slot;
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	struct remit_verdict verdict; /* out */
	__u32 passes; /* out: 1 when the exec hook would let it pass */
	__u32 reserved;
	char comm[REMIT_COMM_BYTES];
	char path[REMIT_PATH_BYTES];
};
REMIT_ASSERT_SIZE(remit_ask, 64 + 24 + 24 + 16 + 8 + 16 + 256);

#endif
