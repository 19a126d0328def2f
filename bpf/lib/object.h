/* What? A crossing's object, and the tools that cover it. Unknown: NULL. Known, and no tool covers it: the empty toolset. */
#ifndef REMIT_LIB_OBJECT_H
#define REMIT_LIB_OBJECT_H

#include "maps.h"

/* Never written; not const, as a global function takes no pointer to read-only memory. */
struct remit_toolset no_tools = {};

/* An endpoint, normalised once: IPv4 is ::ffff:a.b.c.d, also when a program wrote it that way itself. */
struct remit_endpoint {
	__u8 address[16] __attribute__((aligned(8)));
	__u16 protocol;
	__u16 port; /* host order */
};

REMIT_INLINE void remit_set_ipv4(struct remit_endpoint *endpoint, __u32 address)
{
	__u32 *words = (__u32 *)endpoint->address;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

REMIT_INLINE bool remit_is_ipv4(const struct remit_endpoint *endpoint)
{
	const __u32 *words = (const __u32 *)endpoint->address;

	return !words[0] && !words[1] && words[2] == bpf_htonl(0xffff);
}

/* 127.0.0.0/8 or ::1. */
REMIT_INLINE bool remit_is_loopback(const struct remit_endpoint *endpoint)
{
	const __u32 *words = (const __u32 *)endpoint->address;

	if (remit_is_ipv4(endpoint))
		return endpoint->address[12] == 127;
	return !words[0] && !words[1] && !words[2] && words[3] == bpf_htonl(1);
}

/* Who connects or sends to 0.0.0.0 or :: reaches the loopback address: that is what is judged. */
REMIT_INLINE void remit_name_loopback(struct remit_endpoint *endpoint)
{
	__u32 *words = (__u32 *)endpoint->address;

	if (words[0] || words[1] || words[3])
		return;
	if (!words[2])
		words[3] = bpf_htonl(1);
	else if (words[2] == bpf_htonl(0xffff))
		words[3] = bpf_htonl(0x7f000001);
}

REMIT_INLINE __u32 remit_zone_of_address(__u32 tables_id, const struct remit_endpoint *endpoint)
{
	struct remit_zone_key key = {.prefix_bits = REMIT_ZONE_BITS(128), .tables = tables_id};
	struct remit_zone *zone;

	__builtin_memcpy(key.address, endpoint->address, sizeof(key.address));
	zone = bpf_map_lookup_elem(&zones, &key);
	return zone ? zone->id : REMIT_NO_ZONE;
}

/* The zone of an address that the session got to know by a name, else of the address as such. alive_ns: names that lasted until then, or
 * longer; 0 for sockets that are judged again. */
REMIT_INLINE __u32 remit_zone_of_name(__u64 session, __u32 tables_id, const struct remit_endpoint *endpoint, __u64 alive_ns)
{
	struct remit_name_key key = {.session = session, .tables = tables_id};
	struct remit_name *name;

	__builtin_memcpy(key.address, endpoint->address, sizeof(key.address));
	name = bpf_map_lookup_elem(&names, &key);
	if (name && name->until_ns > alive_ns)
		return name->zone;
	return remit_zone_of_address(tables_id, endpoint);
}

REMIT_INLINE struct remit_toolset *remit_toolset_in_zone(__u32 tables_id, __u32 zone, const struct remit_endpoint *endpoint)
{
	struct remit_port_key port_key = {.prefix_bits = REMIT_PORT_BITS(16), .tables = tables_id, .protocol = endpoint->protocol};
	struct remit_toolset *toolset;

	if (zone == REMIT_NO_ZONE)
		return &no_tools;
	port_key.zone = zone;
	port_key.port[0] = endpoint->port >> 8;
	port_key.port[1] = endpoint->port & 0xff;
	toolset = bpf_map_lookup_elem(&ports, &port_key);
	return toolset ? toolset : &no_tools;
}

/* Any mix will do, as what is found says which endpoint it is of. */
REMIT_INLINE __u32 remit_place_of(const struct remit_endpoint *endpoint)
{
	const __u64 *words = (const __u64 *)endpoint->address;
	__u64 mixed = (words[1] ^ (__u64)endpoint->protocol << 16 ^ endpoint->port) * 0x9e3779b97f4a7c15ULL + words[0];

	return ((mixed ^ mixed >> 32) * 0xff51afd7ed558ccdULL) >> (64 - REMIT_FOUND_PLACE_BITS);
}

REMIT_INLINE bool remit_is_of(const struct remit_found *here, const struct remit_endpoint *endpoint)
{
	const __u64 *a = (const __u64 *)here->address, *b = (const __u64 *)endpoint->address;

	return a[0] == b[0] && a[1] == b[1] && here->port == endpoint->port && here->protocol == endpoint->protocol;
}

/* Notes what was found, where its place is free. No room is no error: it is looked up again. */
REMIT_INLINE void remit_note_found(const struct remit_found_key *key, const struct remit_endpoint *endpoint,
				   const struct remit_toolset *toolset)
{
	struct remit_found note = {.protocol = endpoint->protocol, .port = endpoint->port};

	note.toolset = *toolset;
	__builtin_memcpy(note.address, endpoint->address, sizeof(note.address));
	bpf_map_update_elem(&found, key, &note, BPF_NOEXIST);
}

/* free: the place of the endpoint. alive_ns: as above. */
REMIT_APART struct remit_toolset *remit_look_up_toolset(const struct remit_session *session, const struct remit_found_key *key,
							const struct remit_endpoint *endpoint, __u64 alive_ns, bool free)
{
	__u32 tables_id = key->tables;
	struct remit_tables *head = bpf_map_lookup_elem(&tables, &tables_id);
	struct remit_toolset *toolset;

	if (head && head->flags & REMIT_NAMES)
		return remit_toolset_in_zone(tables_id, remit_zone_of_name(session->id, tables_id, endpoint, alive_ns), endpoint);
	toolset = remit_toolset_in_zone(tables_id, remit_zone_of_address(tables_id, endpoint), endpoint);
	if (head && free)
		remit_note_found(key, endpoint, toolset);
	return toolset;
}

/* alive_ns: as above. */
REMIT_INLINE struct remit_toolset *remit_toolset_of_endpoint(const struct remit_session *session, const struct remit_endpoint *endpoint,
							     __u64 alive_ns)
{
	struct remit_found_key key = {.tables = remit_tables_of(session->authority), .place = remit_place_of(endpoint)};
	struct remit_found *here = bpf_map_lookup_elem(&found, &key);

	if (here && remit_is_of(here, endpoint))
		return &here->toolset;
	return remit_look_up_toolset(session, &key, endpoint, alive_ns, !here);
}

REMIT_INLINE struct remit_toolset *remit_toolset_of_listener(__u32 tables_id, const struct remit_endpoint *local)
{
	struct remit_endpoint listener = *local;

	listener.protocol |= REMIT_LISTENS;
	return remit_toolset_in_zone(tables_id, remit_zone_of_address(tables_id, &listener), &listener);
}

/* Families and protocols that a policy names. NULL: it does not. */
REMIT_INLINE struct remit_toolset *remit_toolset_of_family(__u32 tables_id, __u16 family, __u16 protocol)
{
	struct remit_family_key key = {.tables = tables_id, .family = family, .protocol = protocol};
	struct remit_toolset *toolset = bpf_map_lookup_elem(&families, &key);

	if (toolset)
		return toolset;
	key.protocol = REMIT_ANY_PROTOCOL;
	return bpf_map_lookup_elem(&families, &key);
}

/* FUSE, NFS, SMB, CIFS, Ceph, 9p: linux/magic.h, and fs/fuse/inode.c, fs/smb, fs/ceph/super.h. */
REMIT_INLINE bool remit_is_foreign(unsigned long magic)
{
	return magic == 0x65735546 || magic == 0x6969 || magic == 0x517b || magic == 0xff534d42 || magic == 0xfe534d42 ||
	       magic == 0x00c36400 || magic == 0x01021997;
}

/* Identity of a file from its inode: the same fields for the exec hooks and for the iterator that the daemon asks. */
REMIT_INLINE void remit_read_inode(const struct inode *inode, struct remit_file *out)
{
	out->ino = BPF_CORE_READ(inode, i_ino);
	out->size = BPF_CORE_READ(inode, i_size);
	out->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	remit_read_ctime(inode, out);
	if (remit_is_foreign(BPF_CORE_READ(inode, i_sb, s_magic)))
		out->ctime_nsec |= REMIT_FILE_FOREIGN;
}

REMIT_INLINE bool remit_read_file(const struct file *file, struct remit_file *out)
{
	const struct inode *inode = file ? BPF_CORE_READ(file, f_inode) : NULL;

	__builtin_memset(out, 0, sizeof(*out));
	if (!inode)
		return false;
	remit_read_inode(inode, out);
	return true;
}

/* What a rule must name to cover the file: itself, or programs without a name as such. */
REMIT_INLINE void remit_read_program(const struct file *file, struct remit_file *out)
{
	if (!remit_read_file(file, out))
		remit_count_fault();
	else if (BPF_CORE_READ(file, f_inode, i_nlink) == 0)
		*out = (struct remit_file){.size = REMIT_ANONYMOUS_PROGRAM};
}

REMIT_INLINE struct remit_toolset *remit_toolset_of_program(__u32 tables_id, const struct remit_file *file)
{
	struct remit_program_key key = {.tables = tables_id};

	key.file = *file;
	return bpf_map_lookup_elem(&programs, &key);
}

#endif
