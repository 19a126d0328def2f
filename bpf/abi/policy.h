/* The tables that the daemon pushes and the kernel decides by: sessions, toolsets, grants, denies, and the keys under which objects are
 * found. Passive data, the same bytes on both sides; the sizes are asserted in both compilers. */
#ifndef REMIT_ABI_POLICY_H
#define REMIT_ABI_POLICY_H

#ifdef __bpf__
#include "../lib/kernel.h"
#else
#include <linux/types.h>
#endif
#include "limits.h"

#ifdef __cplusplus
#define REMIT_ASSERT_SIZE(type, bytes) static_assert(sizeof(struct type) == (bytes), #type)
#else
#define REMIT_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type)
#endif

enum remit_mode { REMIT_ENFORCE = 0, REMIT_AUDIT = 1, REMIT_LEARN = 2 };
/* What becomes of an object that no tool covers. */
enum remit_otherwise { REMIT_OTHERWISE_DENY = 0, REMIT_OTHERWISE_ALLOW = 1 };
/* FREE: the slot is empty. ENDED and REVOKED refuse everything, SUSPENDED too, until the trail can be written again; DETACHED lets its
 * tasks go. */
enum remit_state {
	REMIT_FREE = 0,
	REMIT_ARMED = 1,
	REMIT_REVOKED = 2,
	REMIT_ENDED = 3,
	REMIT_DETACHED = 4,
	REMIT_SUSPENDED = 5,
};

/* A session, at its slot of the array `sessions` (mapped into the daemon). The daemon writes single words; the kernel adds to `seen` and
 * the counts. `authority` = generation << 32 | tables: one word, so that no crossing sees a mixture of two policies. */
struct remit_session {
	/* A line of the cache that every crossing and packet reads, and hardly anything writes. */
	__u64 id; /* never 0; stays the same for the life of the session */
	__u64 authority;
	__u64 expires_ns; /* boot time; 0: never */
	__u32 state; /* enum remit_state */
	__u32 stood; /* the jiffy (its lower half) in which a packet last found that the session stands */
	__u64 parent_id; /* its id, so that a slot given to another names no parent */
	__u32 parent; /* slot of the session that delegated to this one, under the same policy; 0: nobody did */
	__u32 flows; /* endpoints whose bytes are told apart: numbers from REMIT_FIRST_FLOW on that were given out */
	__u64 cgroup;
	__u64 start_ns; /* boot time */
	__u64 seen[REMIT_MARK_WORDS];
	__u64 approved[REMIT_TOOL_WORDS]; /* tools whose approval a person gave */
	__u64 once[REMIT_TOOL_WORDS]; /* of these the ones that serve a single crossing, which takes the bit out of approved */
	__u64 rejected[REMIT_TOOL_WORDS]; /* a person said no, or nobody answered: refused without a question for a while */
	/* A container's first process, while its runtime's code in it sets the container up: until it runs its program. 0: none. */
	__u32 setup_process;
	__u32 setup_start; /* of it, in clock ticks: their lower half */
	/* What every packet writes begins 16 bytes into a line. */
	__u64 passed; /* crossings */
	__u64 refused;
	__u64 bytes_out; /* of packets that passed, from the IP header on */
	__u64 bytes_in;
	__u64 packets_out;
	__u64 packets_in;
};
REMIT_ASSERT_SIZE(remit_session, 256);

#define REMIT_CLOCK_TICK_NS 10000000ULL /* as /proc counts, see sysconf(_SC_CLK_TCK) */

static inline __u32 remit_tables_of(__u64 authority)
{
	return (__u32)authority;
}

static inline __u32 remit_generation_of(__u64 authority)
{
	return (__u32)(authority >> 32);
}

enum remit_toolset_flags {
	REMIT_MAY_BE_WRITTEN = 1 << 0, /* a program that the session may change (its tool says `writable: true`) */
	REMIT_MAY_BE_MAPPED = 1 << 1, /* a dynamic loader at a tool's path: not run by itself, and part of every program (`strict_code`) */
};

/* What covers an object: every tool, and the most specific of them with the labels that they give (the label word of the marks). All
 * empty: the object is known, and no tool covers it. */
struct remit_toolset {
	__u64 covers[REMIT_TOOL_WORDS];
	__u64 best[REMIT_TOOL_WORDS];
	__u64 labels;
	__u32 bar; /* enum remit_reason: why a grant that holds does not help (WRITABLE, HASH_MISMATCH); 0: nothing bars */
	__u16 flags; /* enum remit_toolset_flags */
	__u16 peer_endpoint; /* a unix socket whose listener's program matters: see struct remit_peer_key; 0: it does not */
};
REMIT_ASSERT_SIZE(remit_toolset, 80);

/* The head of one compiled policy, by its tables id. Never changed once published. */
struct remit_tables {
	__u64 granted[REMIT_TOOL_WORDS]; /* tools with a grant that has no condition */
	__u64 conditional[REMIT_TOOL_WORDS]; /* tools that have only grants with conditions */
	__u64 denied[REMIT_TOOL_WORDS]; /* tools that some deny names, by itself or by a label */
	__u64 delegable[REMIT_TOOL_WORDS]; /* tools with a delegable grant that has no condition */
	__u64 cuts[REMIT_MARK_WORDS]; /* marks whose first gain makes a deny bite on sockets that are open already */
	__u32 deny_count;
	__u8 mode; /* enum remit_mode */
	__u8 otherwise; /* enum remit_otherwise */
	__u8 flags; /* enum remit_tables_flags */
	__u8 reserved;
};
REMIT_ASSERT_SIZE(remit_tables, 176);

enum remit_tables_flags {
	REMIT_STRICT_CODE = 1 << 0, /* executable mappings only of files that a tool covers (LSM) */
	REMIT_USER_NAMESPACES = 1 << 1, /* the session may make user namespaces (LSM refuses otherwise) */
	REMIT_UNIX_ANY = 1 << 2, /* unix sockets are not judged where the base tier cannot */
	REMIT_NAMES = 1 << 3, /* endpoints are granted by name: the session's DNS goes to the daemon */
	REMIT_RAW_SOCKETS = 1 << 4, /* a tool names raw or packet sockets: root in the session keeps NET_RAW, which they ask for */
};

enum remit_grant_flags {
	REMIT_GRANT_APPROVAL = 1 << 0,
	REMIT_GRANT_DELEGABLE = 1 << 1,
};

/* One grant; all its conditions must hold. Times are since session start. */
struct remit_grant {
	__u64 only_after[REMIT_MARK_WORDS]; /* marks that must all have been seen */
	__u64 never_after[REMIT_MARK_WORDS]; /* marks of which none may have been seen */
	__u64 from_ns;
	__u64 until_ns; /* 0: no end */
	__u64 rate_ns; /* length of the windows, counted from session start, in which at most rate_count crossings pass; 0: no rate */
	__u32 rate_count;
	__u32 max_uses; /* 0: no limit */
	__u16 rule; /* number of the rule in the policy, for records */
	__u16 flags; /* enum remit_grant_flags */
	__u32 counter; /* where `uses` keeps what is taken of it: the rule's number, unless the session's tables were switched */
};
REMIT_ASSERT_SIZE(remit_grant, 120);

struct remit_grant_key {
	__u32 tables;
	__u16 tool;
	__u16 nth;
};
REMIT_ASSERT_SIZE(remit_grant_key, 8);

enum remit_deny_flags {
	REMIT_DENY_ALWAYS = 1 << 0,
	REMIT_DENY_CUT = 1 << 1, /* with `after`: also sockets that were let through before */
};

struct remit_deny {
	__u64 tools[REMIT_TOOL_WORDS]; /* tools that the deny names, by itself or by a label */
	__u64 after[REMIT_MARK_WORDS]; /* bites once any of these was seen; empty: at once */
	__u16 rule;
	__u16 flags; /* enum remit_deny_flags */
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_deny, 80);

struct remit_deny_key {
	__u32 tables;
	__u32 nth;
};
REMIT_ASSERT_SIZE(remit_deny_key, 8);

/* What was taken of a grant with max_uses or a rate, by session; made by the daemon before tables name it, so that a missing one refuses. */
struct remit_use_key {
	__u64 session;
	__u32 counter; /* of the grant */
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_use_key, 16);

struct remit_use {
	__u64 taken;
	__u64 window; /* number of the rate's window << 32 | crossings in it: one word, swapped whole */
};
REMIT_ASSERT_SIZE(remit_use, 16);

/* Until when an approval lasts (boot time), by session and tool; no entry: as long as the bit in remit_session.approved stands. */
struct remit_approval_key {
	__u64 session;
	__u32 tool;
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_approval_key, 16);

/* A file, as the exec hook sees it: from the inode of the file that the kernel is about to run, never from stat(2). */
struct remit_file {
	__u64 ino;
	__u64 ctime_sec;
	__u64 size;
	__u32 ctime_nsec; /* 30 bits: bit 31 is the "queried" flag from 6.13 on */
	__u32 dev; /* s_dev of the superblock, the kernel's encoding */
};
REMIT_ASSERT_SIZE(remit_file, 32);

/* In ctime_nsec, whose upper bits are free: the file is on FUSE or a network file system, whose server makes up all the rest. */
#define REMIT_FILE_FOREIGN (1U << 31)
/* Identity that stands for every program without a name (memfd, deleted): ino 0 and this size. No real file has inode 0. */
#define REMIT_ANONYMOUS_PROGRAM 1

/* Programs by file; unix sockets by their file too, in a map of their own. */
struct remit_program_key {
	struct remit_file file;
	__u32 tables;
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_program_key, 40);

/* A unix socket by name: abstract (name[0] is 0), or the literal path, which only the base tier goes by. Behind length all zero. Under
 * tables 0, which no session has: the socket at which every session asks Remit. */
struct remit_unix_key {
	__u32 tables;
	__u16 length; /* bytes of name, the zero at the end of a path not counted */
	__u16 reserved;
	char name[REMIT_UNIX_NAME_BYTES];
	__u32 reserved2;
};
REMIT_ASSERT_SIZE(remit_unix_key, 120);

/* Which programs may listen behind a unix socket: endpoint numbers the `peer_program` of one policy, from 1. The toolset is the socket's
 * where the program fits, else empty. */
struct remit_peer_key {
	struct remit_file peer;
	__u32 tables;
	__u32 endpoint;
};
REMIT_ASSERT_SIZE(remit_peer_key, 40);

/* Sockets of families, types and protocols that no other hook judges. */
struct remit_family_key {
	__u32 tables;
	__u16 family; /* AF_* */
	__u16 protocol; /* as given to socket(2); REMIT_ANY_PROTOCOL: all */
};
REMIT_ASSERT_SIZE(remit_family_key, 8);
#define REMIT_ANY_PROTOCOL 0xffff

/* What no session may touch, by inode: Remit's own folders, files and its control socket. */
struct remit_inode {
	__u64 ino;
	__u32 dev; /* s_dev, the kernel's encoding */
	__u32 mounts; /* with REMIT_GUARDS_HOME: inode number of the mount namespace; else 0 */
};
REMIT_ASSERT_SIZE(remit_inode, 16);
enum remit_guarded {
	REMIT_GUARDS_TREE = 1 << 0, /* nothing at it or below it is written, renamed, linked or removed */
	REMIT_GUARDS_SOCKET = 1 << 1, /* no session connects to it */
	REMIT_GUARDS_NAME = 1 << 2, /* a folder above: it keeps its name, so that the way to what is guarded stays the same */
	REMIT_GUARDS_AGENT = 1 << 3, /* the socket at which sessions ask: each may connect to it */
	REMIT_GUARDS_HOME = 1 << 4, /* the daemon's root folder: who has it for a root means the same by a path as the daemon */
};

/* Where cgroups wait in limbo from their making on: what stands before the first `*` of an attach glob, as a path from the root of cgroup v2.
 * Key of an LPM trie. */
struct remit_prefix_key {
	__u32 prefix_bits;
	char path[REMIT_PREFIX_BYTES];
};
REMIT_ASSERT_SIZE(remit_prefix_key, 128);

/* A process that was stopped in limbo by its exec. */
struct remit_stopped {
	__u64 cgroup;
	__u64 start_ns; /* of the process, boot time */
	__u64 since_ns; /* boot time */
};
REMIT_ASSERT_SIZE(remit_stopped, 24);

/* Endpoints in two steps. An address finds its zone (all addresses of a zone are covered by the same endpoint rules), then zone, protocol
 * and port find the toolset. IPv4 is written as ::ffff:a.b.c.d. Keys of LPM tries: the prefix length counts the bits behind it. */
struct remit_zone_key {
	__u32 prefix_bits; /* 32 for tables + 0..128 */
	__u32 tables;
	__u8 address[16];
};
REMIT_ASSERT_SIZE(remit_zone_key, 24);
#define REMIT_ZONE_BITS(address_bits) (32 + (address_bits))

struct remit_zone {
	__u32 id;
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_zone, 8);

/* The range of ports of one rule is written as at most 30 prefixes. */
struct remit_port_key {
	__u32 prefix_bits; /* 32 for tables + 32 for zone + 16 for protocol + 0..16 */
	__u32 tables;
	__u32 zone; /* numbered within its tables */
	__u16 protocol; /* IPPROTO_TCP or IPPROTO_UDP, host order; with REMIT_LISTENS: the local address of a listener */
	__u8 port[2]; /* network order */
};
REMIT_ASSERT_SIZE(remit_port_key, 16);
#define REMIT_PORT_BITS(port_bits) (80 + (port_bits))
/* Listeners have zones and ports of their own, so that `listen` and `endpoint` never cover each other's objects. */
#define REMIT_LISTENS 0x100

/* What the two steps found for an endpoint, so that its next crossing takes one. Each policy has a fixed number of places; what came first to
 * one stays as long as its tables, so that nobody who reads it ever sees it change. Not used by tables with names, which change. */
struct remit_found_key {
	__u32 tables;
	__u32 place;
};
REMIT_ASSERT_SIZE(remit_found_key, 8);
#define REMIT_FOUND_PLACES (1U << REMIT_FOUND_PLACE_BITS)

struct remit_found {
	struct remit_toolset toolset;
	__u8 address[16];
	__u16 protocol;
	__u16 port;
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_found, 104);

/* The session of a task: set at session start, inherited, never shed. */
struct remit_tag {
	__u64 session;
	__u64 start_ns; /* of the process, boot time; 0: program and start are not known here, and read from the task where they are wanted */
	struct remit_file program; /* what the process runs, from its last exec */
	__u32 slot;
	__u32 flags; /* enum remit_tag_flags */
};
REMIT_ASSERT_SIZE(remit_tag, 56);

enum remit_tag_flags {
	REMIT_KEPT_OUT = 1 << 0, /* a session pulled it into its cgroup: the cgroup says nothing about this task */
	REMIT_EXEC_JUDGED = 1 << 1, /* the LSM hook let its exec pass, which is not committed yet */
};
/* In the upper half of remit_tag.flags: the upgrade in which a serving LSM program judged this task last; see bpf/lib/turn.h. */
#define REMIT_TURN_SHIFT 16

enum remit_verdict_kind { REMIT_DENY = 0, REMIT_ALLOW = 1, REMIT_PENDING = 2 };

/* The words of POLICY.md, in the order in which the first failing one is named. REMIT_GRANTED is no refusal. */
enum remit_reason {
	REMIT_GRANTED = 0,
	REMIT_REASON_REVOKED,
	REMIT_REASON_EXPIRED,
	REMIT_REASON_CONFLICT,
	REMIT_REASON_DENIED,
	REMIT_REASON_NOT_GRANTED,
	REMIT_REASON_NOT_DELEGATED,
	REMIT_REASON_NOT_YET,
	REMIT_REASON_GRANT_EXPIRED,
	REMIT_REASON_ONLY_AFTER,
	REMIT_REASON_NEVER_AFTER,
	REMIT_REASON_MAX_USES,
	REMIT_REASON_RATE,
	REMIT_REASON_WRITABLE,
	REMIT_REASON_HASH_MISMATCH,
	REMIT_REASON_APPROVAL,
	REMIT_REASON_NO_TOOL,
	REMIT_REASON_UNKNOWN, /* an object that the daemon has not seen yet */
	REMIT_REASON_FAMILY, /* a socket family, type or protocol that Remit does not judge */
	REMIT_REASON_FAULT, /* a failure inside the hook: it refuses */
	REMIT_REASON_FOREIGN, /* a socket that was made outside of the session */
	REMIT_REASON_SUSPENDED, /* the trail cannot be written, and the policy says to refuse then */
	REMIT_REASONS
};

enum remit_verdict_flags {
	REMIT_TAKES_USE = 1 << 0, /* allow, if a use of rule can be taken */
	REMIT_BITES_ALWAYS = 1 << 1, /* refuse in every mode */
	REMIT_OF_ITS_OWN = 1 << 2, /* allow: the object is the session's own (its listener, its socket, loopback to listen on) */
	REMIT_TAKES_RATE = 1 << 3, /* allow, if the rate's window has room */
	REMIT_TAKES_APPROVAL = 1 << 4, /* allow, if the approval that serves once is still there */
};

struct remit_verdict {
	__u8 kind; /* enum remit_verdict_kind */
	__u8 reason; /* enum remit_reason */
	__u16 flags; /* enum remit_verdict_flags */
	__u16 tool; /* the tool that pays, or REMIT_NO_TOOL */
	__u16 rule; /* the deny or the conditional grant, or REMIT_NO_RULE: the tool's only, unconditional grant */
	__u32 limit; /* with REMIT_TAKES_USE: how many uses the grant allows */
	__u32 nth; /* of a conditional grant: which of the tool's */
};
REMIT_ASSERT_SIZE(remit_verdict, 16);

#endif
