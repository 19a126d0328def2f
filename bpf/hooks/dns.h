/* Names: what sessions with rules for hosts ask of port 53 goes to the daemon's resolver, and the caller sees whom it meant. Whose a query
 * is, the packet programs note when it leaves. Where no resolver is, the call is judged like any other. */
#ifndef REMIT_HOOKS_DNS_H
#define REMIT_HOOKS_DNS_H

#include "../lib/emit.h"
#include "../lib/own.h"

#define REMIT_LOOPBACK4 0x7f000001

/* Is the resolver's own socket at this loopback endpoint? While the daemon is away somebody else may take the port. */
REMIT_APART bool remit_is_resolver_at(void *ctx, const struct remit_endpoint *endpoint)
{
	struct bpf_sock *peer = remit_look_up(ctx, endpoint);
	struct remit_asking *its;
	bool is_resolver;

	if (!peer)
		return false;
	its = bpf_sk_storage_get(&asking, peer, 0, 0);
	is_resolver = its && its->is_resolver;
	bpf_sk_release(peer);
	return is_resolver;
}

/* Does this session of ours ask by name, and may its socket be used? */
REMIT_INLINE bool remit_asks_by_name(const struct remit_subject *subject, struct bpf_sock *sk)
{
	__u32 tables_id = remit_tables_of(subject->session->authority);
	struct remit_tables *head = bpf_map_lookup_elem(&tables, &tables_id);

	if (!head || !(head->flags & REMIT_NAMES) || subject->conflict)
		return false;
	return remit_standing(subject->session, bpf_ktime_get_boot_ns()) == REMIT_GRANTED &&
	       remit_slot_of_sock(remit_sock_of(sk)) == subject->slot;
}

/* Where the resolver of the caller's network namespace is, in the family of the endpoint. */
REMIT_INLINE bool remit_find_resolver(struct bpf_sock_addr *ctx, __u64 netns, const struct remit_endpoint *meant,
				      struct remit_endpoint *out)
{
	struct remit_resolver *resolver = bpf_map_lookup_elem(&resolvers, &netns);
	__u32 *words = (__u32 *)out->address;
	bool ipv4 = remit_is_ipv4(meant);

	if (!resolver || !(resolver->families & (ipv4 ? REMIT_RESOLVES_4 : REMIT_RESOLVES_6)))
		return false;
	words[2] = ipv4 ? bpf_htonl(0xffff) : 0;
	words[3] = bpf_htonl(ipv4 ? REMIT_LOOPBACK4 : 1);
	out->port = resolver->port;
	out->protocol = ctx->protocol;
	return remit_is_resolver_at(ctx, out);
}

/* endpoint: where the caller wants to go, port 53; true: the resolver instead, which then stands there. */
REMIT_APART bool remit_redirects(struct bpf_sock_addr *ctx, struct remit_endpoint *endpoint)
{
	struct bpf_sock *sk = ctx->sk;
	struct remit_subject subject = remit_subject_of_socket_call(sk);
	struct remit_endpoint resolver = {};
	struct remit_stamp *stamp;
	struct remit_asking *asked;
	__u64 netns;

	if (!subject.session || !sk || !remit_asks_by_name(&subject, sk))
		return false;
	netns = bpf_get_netns_cookie(ctx);
	if (!remit_find_resolver(ctx, netns, endpoint, &resolver))
		return false;
	asked = bpf_sk_storage_get(&asking, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!asked || !stamp) {
		remit_count_fault();
		return false;
	}
	stamp->flags |= REMIT_ASKS;
	asked->netns = netns;
	__builtin_memcpy(asked->address, endpoint->address, sizeof(asked->address));
	asked->port = REMIT_DNS_PORT;
	asked->resolver = resolver.port;
	asked->pid = bpf_get_current_pid_tgid() >> 32;
	*endpoint = resolver;
	return true;
}

REMIT_INLINE bool remit_is_resolver_of(const struct remit_asking *asking_here, const struct remit_endpoint *endpoint)
{
	return asking_here->port && asking_here->resolver == endpoint->port && remit_is_loopback(endpoint);
}

/* A datagram on an IPv6 socket that is connected to the resolver over IPv4 comes by sendmsg4 with the resolver's address. */
REMIT_APART bool remit_asks_resolver(struct bpf_sock *sk, const struct remit_subject *subject, const struct remit_endpoint *endpoint,
				     __u64 now_ns)
{
	struct remit_asking *asked;

	if (!sk || !subject->session || !remit_is_loopback(endpoint))
		return false;
	asked = bpf_sk_storage_get(&asking, sk, 0, 0);
	return asked && remit_is_resolver_of(asked, endpoint) && !subject->conflict &&
	       remit_standing(subject->session, now_ns) == REMIT_GRANTED;
}

/* What a socket is told of its peer: whom it asked, where that was the resolver. */
REMIT_INLINE void remit_show_meant4(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct remit_asking *asked = sk ? bpf_sk_storage_get(&asking, sk, 0, 0) : NULL;
	struct remit_endpoint from = {};

	if (!asked)
		return;
	remit_set_ipv4(&from, ctx->user_ip4);
	from.port = bpf_ntohs((__u16)ctx->user_port);
	if (!remit_is_resolver_of(asked, &from))
		return;
	ctx->user_ip4 = ((__u32 *)asked->address)[3];
	ctx->user_port = bpf_htons(asked->port);
}

REMIT_INLINE void remit_show_meant6(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct remit_asking *asked = sk ? bpf_sk_storage_get(&asking, sk, 0, 0) : NULL;
	struct remit_endpoint from = {};
	__u32 *words = (__u32 *)from.address;

	if (!asked)
		return;
	words[0] = ctx->user_ip6[0];
	words[1] = ctx->user_ip6[1];
	words[2] = ctx->user_ip6[2];
	words[3] = ctx->user_ip6[3];
	from.port = bpf_ntohs((__u16)ctx->user_port);
	if (!remit_is_resolver_of(asked, &from))
		return;
	ctx->user_ip6[0] = ((__u32 *)asked->address)[0];
	ctx->user_ip6[1] = ((__u32 *)asked->address)[1];
	ctx->user_ip6[2] = ((__u32 *)asked->address)[2];
	ctx->user_ip6[3] = ((__u32 *)asked->address)[3];
	ctx->user_port = bpf_htons(asked->port);
}

REMIT_INLINE void remit_record_lookup(struct remit_subject *subject, struct remit_judgement *judged, struct remit_facts *facts,
				      struct remit_lookup *lookup)
{
	struct remit_event *event = remit_begin_record(subject, judged, facts, sizeof(*event));

	if (!event)
		return;
	remit_fill_pid(event, lookup->pid);
	__builtin_memset(event->gained, 0, sizeof(event->gained)); /* it gives nothing: the connect will */
	__builtin_memcpy(event->path, lookup->name, sizeof(event->path));
	event->path_bytes = sizeof(event->path);
	lookup->n = event->n;
	lookup->cpu = event->cpu;
	lookup->recorded = 1;
	bpf_ringbuf_submit(event, remit_wakeup(judged, event->n));
}

/* May the session look a name up that is good for these tools? Run by the daemon, once for each set of tools that the name's ports have. */
REMIT_INLINE int remit_judge_lookup(struct remit_lookup *lookup)
{
	struct remit_subject subject = {.slot = lookup->slot, .session = remit_session_at(lookup->slot)};
	struct remit_toolset copy = lookup->toolset;
	struct remit_toolset *toolset = &copy; /* as in ask.h */
	struct remit_judgement judged = {};
	struct remit_facts facts = {.since_ns = lookup->boot_ns, .crossing = REMIT_RESOLVE};

	barrier_var(toolset);
	facts.toolset = toolset;
	facts.family = lookup->family;
	facts.type = lookup->type;
	lookup->passes = 0;
	lookup->recorded = 0;
	if (!subject.session || subject.session->id != lookup->session)
		return -1;
	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		judged.seen_before[i] = subject.session->seen[i];
	remit_judge(&subject, toolset, REMIT_FIRST_USE, bpf_ktime_get_boot_ns(), &judged);
	if (judged.verdict.kind == REMIT_PENDING) { /* what a person is to approve is the connect */
		judged.verdict.kind = REMIT_ALLOW;
		judged.verdict.reason = REMIT_GRANTED;
	}
	lookup->verdict = judged.verdict;
	judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	lookup->passes = judged.passes;
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_REFUSED;
	if (lookup->flags & (judged.passes ? REMIT_LOOKUP_DONE : REMIT_LOOKUP_LAST))
		remit_record_lookup(&subject, &judged, &facts, lookup);
	return 0;
}

#endif
