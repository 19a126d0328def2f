/* Every map, global and switch. The daemon pins all maps under these names; see bpf/README.md for who writes which. */
#ifndef REMIT_LIB_MAPS_H
#define REMIT_LIB_MAPS_H

#include "../abi/event.h"
#include "../abi/names.h"
#include "../abi/socket.h"
#include "compat.h"

/* Set by the daemon before loading; 0 or 1, no bool, which the skeleton would write as a word that C++ does not have. */
const volatile __u32 abi_version = REMIT_ABI_VERSION;
const volatile __u8 dry_run = 0; /* judge and record, refuse nothing */
const volatile __u8 lsm_tier = 0; /* the LSM exec hook judges; the tracepoint only tags */
const volatile __u8 task_storage_in_socket_programs = 0; /* not on 6.1 and 6.12 */
const volatile __u64 build = 0; /* of the object that these programs come from */
const volatile __u32 mark_base = 0;
const volatile __u32 mark_mask = 0; /* 0: sockets are not marked */

/* serving: the object whose programs decide. In an upgrade the programs of two objects are attached for a while over the same maps; one word
 * hands over from all of the one to all of the other, and the rest pass. previous, upgrades: for hooks/turn.h. count, levels: depths below
 * the hierarchy's root at which sessions are bound, so that a task of no session pays one look-up a depth in use. globs: 0 while there is no
 * attach glob and nothing in limbo, so that a host without them does not pay for it. */
struct {
	__u64 serving;
	__u64 previous; /* what served before; 0: nothing, or its programs are gone */
	__u32 upgrades; /* how many there were, modulo 2^16; never 0 while there is a previous object */
	__u32 count;
	__u32 levels[REMIT_MAX_BOUND_LEVELS];
	__u32 globs;
	__u32 reserved;
} bindings = {};

/* SO_MARK of a session's sockets: nft, tc and captures can tell whose traffic it is. */
REMIT_INLINE __u32 remit_mark_of(__u32 slot)
{
	return mark_base | (slot & mark_mask);
}

#define REMIT_SERVES() (bindings.serving == build)

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, REMIT_MAX_SESSIONS);
	__type(key, __u32);
	__type(value, struct remit_session);
} sessions SEC(".maps");

#define REMIT_TABLE(name, key_type, value_type, entries) \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_HASH);         \
		__uint(map_flags, BPF_F_NO_PREALLOC);    \
		__uint(max_entries, entries);            \
		__type(key, key_type);                   \
		__type(value, value_type);               \
	} name SEC(".maps")

#define REMIT_TRIE(name, key_type, value_type, entries) \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);    \
		__uint(map_flags, BPF_F_NO_PREALLOC);   \
		__uint(max_entries, entries);           \
		__type(key, key_type);                  \
		__type(value, value_type);              \
	} name SEC(".maps")

REMIT_TABLE(cgroups, __u64, __u32, REMIT_MAX_SESSIONS); /* cgroup id -> slot */
REMIT_TABLE(tables, __u32, struct remit_tables, REMIT_MAX_TABLES);
REMIT_TABLE(grants, struct remit_grant_key, struct remit_grant, REMIT_MAX_RULES);
REMIT_TABLE(denies, struct remit_deny_key, struct remit_deny, REMIT_MAX_RULES);
REMIT_TABLE(uses, struct remit_use_key, struct remit_use, REMIT_MAX_RULES);
REMIT_TABLE(approvals, struct remit_approval_key, __u64, REMIT_MAX_RULES);
REMIT_TABLE(names, struct remit_name_key, struct remit_name, REMIT_MAX_NAMES);
REMIT_TABLE(resolvers, __u64, struct remit_resolver, REMIT_MAX_RESOLVERS);
REMIT_TABLE(askers, struct remit_asker_key, struct remit_asker, REMIT_MAX_ASKERS);
REMIT_TABLE(programs, struct remit_program_key, struct remit_toolset, REMIT_MAX_PROGRAMS);
REMIT_TABLE(unix_names, struct remit_unix_key, struct remit_toolset, REMIT_MAX_UNIX);
REMIT_TABLE(unix_files, struct remit_program_key, struct remit_toolset, REMIT_MAX_UNIX);
REMIT_TABLE(peers, struct remit_peer_key, struct remit_toolset, REMIT_MAX_UNIX);
REMIT_TABLE(families, struct remit_family_key, struct remit_toolset, REMIT_MAX_FAMILIES);
REMIT_TABLE(guarded, struct remit_inode, __u32, REMIT_MAX_GUARDED); /* enum remit_guarded */
REMIT_TABLE(limbo, __u64, __u64, REMIT_MAX_LIMBO); /* cgroup id -> since when, boot time */
REMIT_TABLE(stopped, __u32, struct remit_stopped, REMIT_MAX_STOPPED); /* process */
REMIT_TABLE(executors, struct remit_file, __u32, REMIT_MAX_EXECUTORS); /* programs by which init starts a unit -> 1 */
REMIT_TRIE(prefixes, struct remit_prefix_key, __u32, REMIT_MAX_GLOBS);
REMIT_TRIE(zones, struct remit_zone_key, struct remit_zone, REMIT_MAX_ZONES);
REMIT_TABLE(found, struct remit_found_key, struct remit_found, REMIT_MAX_FOUND);
REMIT_TRIE(ports, struct remit_port_key, struct remit_toolset, REMIT_MAX_PORTS);

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct remit_tag);
} tasks SEC(".maps");

/* Cloned into the sockets that a listener accepts: they are its session's from their first packet on. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct remit_stamp);
} sockets SEC(".maps");

/* Bytes and packets, see lib/flow.h. */
REMIT_TABLE(flows, struct remit_flow_key, struct remit_flow, REMIT_MAX_FLOWS);
REMIT_TABLE(flow_names, struct remit_flow_name, __u32, REMIT_MAX_FLOWS);

/* Whose sockets were that are closed, for `remit whois`: the last ones by turns, and how many there were. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REMIT_MAX_CLOSED);
	__type(key, __u32);
	__type(value, struct remit_closed);
} closed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} closings SEC(".maps");

/* Of sockets that asked the resolver, and of the resolver's own. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct remit_asking);
} asking SEC(".maps");

/* Which datagram endpoints of which sockets were judged already. Only saves repeats: a lost entry costs a second record. */
struct remit_sent_key {
	__u64 cookie;
	__u8 address[16];
	__u32 generation;
	__u16 port;
	__u16 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, REMIT_MAX_SENT);
	__type(key, struct remit_sent_key);
	__type(value, __u64);
} sent SEC(".maps");

/* When an unknown program was last asked about. Only saves repeats: a lost entry costs a second question. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, REMIT_MAX_ASKED);
	__type(key, struct remit_program_key);
	__type(value, __u64);
} asked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, REMIT_RECORDS_BYTES);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, REMIT_QUESTIONS_BYTES);
} questions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, REMIT_NOTICES_BYTES);
} notices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct remit_totals);
} totals SEC(".maps");

REMIT_INLINE struct remit_totals *remit_totals_here(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&totals, &key);
}

REMIT_INLINE void remit_count_fault(void)
{
	struct remit_totals *here = remit_totals_here();

	if (here)
		__sync_fetch_and_add(&here->faults, 1);
}

REMIT_INLINE struct remit_session *remit_session_at(__u32 slot)
{
	if (slot == 0)
		return NULL;
	return bpf_map_lookup_elem(&sessions, &slot);
}

/* The session that delegated to this one. NULL where nobody did; where it is over and its slot another's, gone is set: then nothing passes. */
REMIT_INLINE struct remit_session *remit_parent_of(const struct remit_session *session, bool *gone)
{
	struct remit_session *parent = remit_session_at(session->parent);

	*gone = session->parent && (!parent || parent->id != session->parent_id);
	return *gone ? NULL : parent;
}

/* The slot of the topmost session of the line, that of its parent where it is below one alone; 0: the line is broken, or too long. */
REMIT_STEP int remit_top_slot(const struct remit_session *below)
{
	const struct remit_session *session = below;
	__u32 slot = 0;
	bool gone = false;

	for (int i = 0; i < REMIT_MAX_LINEAGE; i++) {
		if (!session)
			return 0;
		if (!session->parent)
			return slot;
		slot = session->parent;
		session = remit_parent_of(session, &gone);
	}
	return 0;
}

/* Where verdict.h finds rules and counts in the kernel. */
REMIT_INLINE const struct remit_grant *remit_grant_at(const struct remit_rules *rules, __u32 tables_id, __u32 tool, __u32 nth)
{
	struct remit_grant_key key = {.tables = tables_id, .tool = tool, .nth = nth};

	return bpf_map_lookup_elem(&grants, &key);
}

REMIT_INLINE const struct remit_deny *remit_deny_at(const struct remit_rules *rules, __u32 tables_id, __u32 nth)
{
	struct remit_deny_key key = {.tables = tables_id, .nth = nth};

	return bpf_map_lookup_elem(&denies, &key);
}

REMIT_INLINE struct remit_use *remit_counter_at(__u64 session, __u32 counter)
{
	struct remit_use_key key = {.session = session, .counter = counter};

	return bpf_map_lookup_elem(&uses, &key);
}

REMIT_INLINE struct remit_use remit_use_of(const struct remit_rules *rules, __u64 session, __u32 counter)
{
	struct remit_use nothing_kept = {.taken = ~0ULL, .window = ~0ULL};
	struct remit_use *use = remit_counter_at(session, counter);

	return use ? *use : nothing_kept;
}

REMIT_INLINE __u64 remit_approval_end(const struct remit_rules *rules, __u64 session, __u32 tool)
{
	struct remit_approval_key key = {.session = session, .tool = tool};
	__u64 *end = bpf_map_lookup_elem(&approvals, &key);

	return end ? *end : 0;
}

REMIT_INLINE const struct remit_session *remit_top_of(const struct remit_session *session)
{
	return session->parent ? remit_session_at(remit_top_slot(session)) : session;
}

#endif
