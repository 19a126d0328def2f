/* Names: what the daemon's resolver bound addresses to, where it is, and whose the queries are. Passive data, the same bytes on both sides. */
#ifndef REMIT_ABI_NAMES_H
#define REMIT_ABI_NAMES_H

#include "policy.h"

/* What the daemon's resolver bound an address to, for one session: a zone of the tables that stands for the names and address rules which
 * cover it. Looked up before `zones`; an expired entry serves no new crossing, and goes on for sockets judged again. By tables, so that a
 * policy change finds the new ones there before it is switched on. */
struct remit_name_key {
	__u64 session;
	__u8 address[16];
	__u32 tables;
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_name_key, 32);

struct remit_name {
	__u64 until_ns; /* boot time; never 0 */
	__u32 zone; /* numbered behind the static ones of its tables */
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_name, 16);
#define REMIT_NO_ZONE 0xffffffff

/* The daemon's resolver in one network namespace, by the namespace's cookie: loopback, at one port for UDP and TCP. */
struct remit_resolver {
	__u16 port; /* host order */
	__u16 families; /* enum remit_resolver_families */
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_resolver, 8);
enum remit_resolver_families { REMIT_RESOLVES_4 = 1 << 0, REMIT_RESOLVES_6 = 1 << 1 };

/* On a socket whose query went to the resolver instead: whom the caller meant. On the resolver's own sockets: that they are its. */
struct remit_asking {
	__u64 netns; /* cookie */
	__u8 address[16]; /* meant; IPv4 as ::ffff:a.b.c.d */
	__u16 port; /* meant, host order */
	__u16 resolver; /* port of the resolver, host order */
	__u16 is_resolver;
	__u16 reserved;
	__u32 pid; /* of the process that asked last */
	__u32 reserved2;
};
REMIT_ASSERT_SIZE(remit_asking, 40);

/* Whose the last query from an address and port was: written when it leaves, so that it is there when the resolver reads it. */
struct remit_asker_key {
	__u64 netns;
	__u8 address[16];
	__u16 port; /* host order */
	__u16 protocol;
	__u32 reserved;
};
REMIT_ASSERT_SIZE(remit_asker_key, 32);

struct remit_asker {
	__u64 session;
	__u64 boot_ns;
	__u32 slot;
	__u32 pid;
};
REMIT_ASSERT_SIZE(remit_asker, 24);

#endif
