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
	REMIT_SOCKET = 6, /* a socket of a family, type or protocol that no other crossing judges */
	/* Notices, no crossings: they carry no number. */
	REMIT_MOVED = 7, /* a task left its session's cgroup, or was pulled into it */
	REMIT_TOUCHED = 8, /* an attempt on Remit, the host's switches or another's process, refused: enum remit_touch */
	REMIT_CGROUP_MADE = 9, /* one that waits in limbo: wakes the daemon, and is no record */
};

/* What was tried, in remit_event.type of a REMIT_TOUCHED. */
enum remit_touch {
	REMIT_TOUCH_BPF = 0, /* bpf(2) */
	REMIT_TOUCH_TRACE, /* ptrace and what needs its rights: process_vm_writev, pidfd_getfd, /proc/PID/mem */
	REMIT_TOUCH_SIGNAL, /* a signal to a process outside of the session */
	REMIT_TOUCH_PRIORITY, /* scheduling, limits, memory placement of a process outside */
	REMIT_TOUCH_CAPABILITY, /* use of a capability of REMIT_REFUSED_CAPABILITIES; its number is in port */
	REMIT_TOUCH_FILE, /* a write, rename, link or removal of what Remit guards */
	REMIT_TOUCH_PROGRAM, /* the same of a program that the session may run */
	REMIT_TOUCH_SWITCH, /* a sysctl or another switch of the kernel */
	REMIT_TOUCH_SOCKET, /* a socket from outside was received */
	REMIT_TOUCH_USERNS, /* a user namespace */
	REMIT_TOUCH_CONTROL, /* the control socket */
	REMIT_TOUCH_CODE, /* executable memory of a file that no tool covers */
	REMIT_TOUCH_LIMBO_EXEC, /* of no session, in a cgroup that waits in limbo: a program */
	REMIT_TOUCH_LIMBO_SOCKET, /* the same: a socket */
	REMIT_TOUCHES
};

/* Who moved whom, in remit_event.type of a REMIT_MOVED; peer_pid is the task that was moved. */
enum remit_move {
	REMIT_LEFT = 0, /* by its own session's act: the mover is killed */
	REMIT_PULLED_IN, /* by a session's act, one of no session or another: the mover is killed, the moved is kept out */
	REMIT_MOVED_OUT, /* by an operator outside every session: recorded */
	REMIT_MOVES
};

enum remit_effect { REMIT_PASSED = 0, REMIT_REFUSED = 1, REMIT_HELD = 2, REMIT_KILLED = 3, REMIT_DROPPED = 4 };

enum remit_event_flags {
	REMIT_EVENT_PATH_CUT = 1 << 0,
	REMIT_EVENT_QUESTION = 1 << 1, /* not final: no number, does not count as a crossing */
	REMIT_EVENT_NOTICE = 1 << 3, /* no crossing: REMIT_MOVED, REMIT_TOUCHED */
	REMIT_EVENT_SCRIPT = 1 << 2, /* the base tier judged an interpreter; path is the script's, as claimed */
	REMIT_EVENT_CUT = 1 << 4, /* a mark that this crossing gave cuts sockets: the session's generation went up by it */
};

struct remit_event {
	__u64 n; /* of this cpu, from 0 */
	__u64 boot_ns;
	__u64 session;
	__u64 latency_ns; /* from the hook's entry, or from the crossing that was held, to the effect */
	__u64 task_start_ns; /* boot time; with pid it names the process */
	__u64 labels_before; /* of the session, as this crossing found them */
	__u64 gained[REMIT_MARK_WORDS]; /* marks that this crossing gave */
	__u64 covers[REMIT_TOOL_WORDS]; /* the tools that cover the object */
	struct remit_file program; /* what the process runs */
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
	__u32 peer_pid; /* unix: of the process that listens, 0: not known; a notice: of the process that was aimed at */
	__u32 reserved2;
	__u16 protocol; /* IPPROTO_*; sockets of other families: the protocol as given */
	__u16 family; /* AF_* of the socket */
	__u16 type; /* SOCK_* of a refused socket or of a unix socket; of notices: enum remit_touch, enum remit_move */
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
	__u8 reserved;
	__u16 path_bytes; /* unix: bytes of path; an abstract name begins with a zero and may hold more */
	__u8 address[16]; /* IPv4 as ::ffff:a.b.c.d */
	char comm[REMIT_COMM_BYTES];
	struct remit_file file; /* exec: what it is about to run; unix: the socket's file */
	struct remit_file peer; /* unix: the program that listens */
	char path[REMIT_PATH_BYTES]; /* exec: as the caller named it, zero ended; never decided by. unix: the socket's name */
};

/* A record of a crossing that is about no file is cut off before it: it is the bulk of what is written and read. */
#define REMIT_EVENT_HEAD __builtin_offsetof(struct remit_event, file)
REMIT_ASSERT_SIZE(remit_event, 40 + 48 + 32 + 32 + 48 + 16 + 8 + 16 + 16 + 64 + 256);

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
	__u64 notices;
	__u64 notices_lost;
};
REMIT_ASSERT_SIZE(remit_totals, 80);

/* What the iterator over open files writes for one descriptor of the daemon. */
struct remit_fd_identity {
	struct remit_file file;
	__u32 fd;
	__u32 mode; /* i_mode */
	__u32 uid;
	__u32 gid;
	__u32 written; /* 1: somebody has it open, or mapped, for writing: it may change without a new change time */
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_fd_identity, 56);

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

/* In and out of the program `remit_resolve`: may this name be looked up, as far as the tools of toolset go? Takes nothing and gives nothing.
 * The kernel records it, with the number of a final crossing, when it passes or when there is nothing else that could let it pass. */
struct remit_lookup {
	struct remit_toolset toolset;
	__u64 session;
	__u64 boot_ns; /* when it was asked; latency counts from here */
	__u64 n; /* out: number of the record */
	__u32 cpu; /* out */
	__u32 slot;
	__u32 pid; /* who asked */
	__u32 flags; /* enum remit_lookup_flags */
	__u16 family; /* of the question's way here */
	__u16 type; /* of the question: 1 A, 28 AAAA … */
	__u32 passes; /* out */
	__u32 recorded; /* out */
	struct remit_verdict verdict; /* out */
	__u32 reserved;
	char name[REMIT_PATH_BYTES];
};
REMIT_ASSERT_SIZE(remit_lookup, 80 + 24 + 16 + 4 + 8 + 16 + 4 + 256);
enum remit_lookup_flags {
	REMIT_LOOKUP_DONE = 1 << 0, /* record it if it passes: the answer is there */
	REMIT_LOOKUP_LAST = 1 << 1, /* record it if it does not */
};

#endif
