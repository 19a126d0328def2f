/* Packets of sessions: the address that is really used, under the same tables. Attached per session, so other traffic pays nothing. A
 * stale socket is judged again in both directions; a SYN whose verdict is pending is held. An error in here drops. */
#ifndef REMIT_HOOKS_PACKET_H
#define REMIT_HOOKS_PACKET_H

#include "../lib/emit.h"
#include "../lib/own.h"
#include "../lib/stamp.h"
#include "dns.h"
#include "listen.h"
#include "packet_read.h"

#define REMIT_PACKET_DROP 0
#define REMIT_PACKET_PASS 1
/* Drop and report congestion: TCP then repeats every 500 ms instead of backing off. Egress only. */
#define REMIT_PACKET_DROP_SLOWLY 2
#define REMIT_TCP_LISTEN 10

/* Whose packet it is: by the socket's stamp, else by the cgroup in which the socket was made. */
REMIT_INLINE struct remit_subject remit_subject_of_packet(struct __sk_buff *skb, const struct remit_stamp *stamp)
{
	if (stamp && stamp->session)
		return remit_join(stamp->session, stamp->slot, 0);
	return remit_join(0, 0, remit_slot_of_packet(skb));
}

/* A packet of a session on its way through: whose, on which socket, and when. */
struct remit_passage {
	struct remit_subject subject;
	struct remit_stamp *stamp;
	__u64 now_ns;
	struct remit_endpoint endpoint; /* of the listener, then of the packet: one place, as the stack is short */
};

/* Whom the socket of a packet asked, where it asked the resolver at all. */
REMIT_INLINE struct remit_asking *remit_asking_of(struct __sk_buff *skb, const struct remit_stamp *stamp)
{
	struct bpf_sock *sk = skb->sk;

	return sk && stamp && stamp->flags & REMIT_ASKS ? bpf_sk_storage_get(&asking, sk, 0, 0) : NULL;
}

/* A query on its way to the resolver: it passes once it is noted whose it is. -1: it is none. */
REMIT_APART int remit_query_out(struct __sk_buff *skb, struct remit_passage *p)
{
	struct remit_asking *asking_here = remit_asking_of(skb, p->stamp);
	struct remit_asker asker = {.boot_ns = p->now_ns, .slot = p->subject.slot};
	struct remit_asker_key key = {};
	struct remit_endpoint source = {};

	if (!asking_here || !p->subject.session || !remit_is_resolver_of(asking_here, &p->endpoint))
		return -1;
	if (!remit_read_end(skb, REMIT_SOURCE, &source))
		return REMIT_PACKET_DROP;
	asker.session = p->subject.session->id;
	asker.pid = asking_here->pid;
	key.netns = asking_here->netns;
	__builtin_memcpy(key.address, source.address, sizeof(key.address));
	key.port = source.port;
	key.protocol = source.protocol;
	if (!bpf_map_update_elem(&askers, &key, &asker, BPF_ANY))
		return REMIT_PACKET_PASS;
	remit_count_fault();
	return REMIT_PACKET_DROP;
}

REMIT_APART bool remit_answer_in(struct __sk_buff *skb, struct remit_passage *p)
{
	struct remit_asking *asking_here = remit_asking_of(skb, p->stamp);

	if (!asking_here || !remit_read_end(skb, REMIT_SOURCE, &p->endpoint))
		return false;
	return remit_is_resolver_of(asking_here, &p->endpoint);
}

REMIT_INLINE int remit_drop(void)
{
	struct remit_totals *here = remit_totals_here();

	if (here)
		__sync_fetch_and_add(&here->dropped_packets, 1);
	return dry_run ? REMIT_PACKET_PASS : REMIT_PACKET_DROP;
}

REMIT_INLINE void remit_stamp_again(struct remit_stamp *stamp, const struct remit_subject *subject, const struct remit_judgement *judged,
				    const struct remit_endpoint *endpoint)
{
	__u8 state = judged->verdict.flags & REMIT_OF_ITS_OWN ? REMIT_STAMP_OWN
		     : judged->passes			      ? REMIT_STAMP_ALLOWED
							      : REMIT_STAMP_REFUSED;

	remit_stamp_fill(stamp, subject, judged, endpoint, state, stamp->pid);
}

/* Sockets of granted families carry other protocols, which have no endpoints: the rule of the family speaks for them. */
REMIT_INLINE struct remit_toolset *remit_toolset_of_packet(struct __sk_buff *skb, const struct remit_session *session,
							   const struct remit_endpoint *endpoint, __u64 alive_ns)
{
	if (endpoint->protocol == IPPROTO_TCP || endpoint->protocol == IPPROTO_UDP)
		return remit_toolset_of_endpoint(session, endpoint, alive_ns);
	return remit_toolset_of_family(remit_tables_of(session->authority), skb->family, endpoint->protocol) ?: &no_tools;
}

/* Judges an endpoint of a socket again, after its generation went stale or because the socket has others: takes and records nothing.
 * note: the socket carries the outcome from now on. */
REMIT_APART int remit_judge_again(struct __sk_buff *skb, struct remit_passage *p, bool note)
{
	const struct remit_endpoint *endpoint = &p->endpoint;
	struct remit_subject *subject = &p->subject;
	struct remit_judgement judged = {};

	if (!subject->session || !p->stamp)
		return REMIT_PACKET_DROP;
	if (remit_is_own_peer(skb, subject->session, endpoint))
		remit_judge_own(subject, p->now_ns, &judged);
	else
		remit_judge(subject, remit_toolset_of_packet(skb, subject->session, endpoint, 0), REMIT_JUDGED_AGAIN, p->now_ns, &judged);
	judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	if (note)
		remit_stamp_again(p->stamp, subject, &judged, endpoint);
	return judged.passes ? REMIT_PACKET_PASS : remit_drop();
}

/* A crossing that no call was judged for (fast open, a socket from before the session), or one that was held: decided on the packet. */
REMIT_APART bool remit_judge_packet(struct __sk_buff *skb, struct remit_passage *p, __u64 since_ns)
{
	const struct remit_endpoint *endpoint = &p->endpoint;
	struct remit_subject *subject = &p->subject;
	struct remit_stamp *stamp = p->stamp;
	struct remit_judgement judged = {};
	struct remit_facts facts = {.endpoint = endpoint, .since_ns = since_ns};

	if (!subject->session || !stamp)
		return false;
	facts.crossing = endpoint->protocol == IPPROTO_TCP ? REMIT_CONNECT : REMIT_SEND;
	facts.family = skb->family;
	if (remit_is_own_peer(skb, subject->session, endpoint)) {
		remit_judge_own(subject, p->now_ns, &judged);
	} else {
		facts.toolset = remit_toolset_of_packet(skb, subject->session, endpoint, p->now_ns);
		remit_judge_and_take(subject, facts.toolset, p->now_ns, &judged);
	}
	if (judged.verdict.kind == REMIT_PENDING && stamp->state == REMIT_STAMP_PENDING && !judged.passes)
		return false;
	remit_stamp_again(stamp, subject, &judged, endpoint);
	facts.effect = judged.passes ? REMIT_PASSED : REMIT_DROPPED;
	remit_emit_packet(subject, &judged, &facts, stamp->pid);
	return judged.passes;
}

/* A SYN whose verdict was not known at connect: asks the tables again, and drops until they answer. */
REMIT_INLINE int remit_hold_packet(struct __sk_buff *skb, struct remit_passage *p)
{
	struct remit_totals *here = remit_totals_here();
	struct remit_stamp *stamp = p->stamp;

	if (remit_judge_packet(skb, p, stamp->asked_ns))
		return REMIT_PACKET_PASS;
	if (stamp->state != REMIT_STAMP_PENDING)
		return remit_drop();
	if (here)
		__sync_fetch_and_add(&here->held_syns, 1);
	if (stamp->drops < 255)
		stamp->drops++;
	return stamp->drops <= REMIT_HOLD_QUICK_DROPS ? REMIT_PACKET_DROP : REMIT_PACKET_DROP_SLOWLY;
}

/* The listener that a packet belongs to, if it does to one. */
REMIT_INLINE bool remit_read_listener(struct bpf_sock *sk, struct remit_endpoint *local)
{
	struct bpf_sock *full = bpf_sk_fullsock(sk);

	if (!full || full->protocol != IPPROTO_TCP || full->state != REMIT_TCP_LISTEN)
		return false;
	remit_read_local(remit_sock_of(full), local);
	return true;
}

/* The way of nearly every packet: its socket's verdict was given under the authority that holds now, to the very peer that it names, and in
 * this jiffy the session stood already, by the clock. What people may change at any time is looked at each time; all else, and all
 * sessions below another, go the long way. */
REMIT_INLINE bool remit_goes_on(struct __sk_buff *skb, struct remit_passage *p, enum remit_end end)
{
	struct remit_stamp *stamp = p->stamp;
	struct remit_session *session;

	if (!stamp || stamp->flags & REMIT_ASKS)
		return false;
	session = remit_session_at(stamp->slot);
	if (!session || session->id != stamp->session || session->state != REMIT_ARMED || session->parent ||
	    session->stood != (__u32)bpf_jiffies64() || stamp->generation != remit_generation_of(session->authority))
		return false;
	p->subject.session = session;
	if (stamp->state == REMIT_STAMP_LISTENS || stamp->state == REMIT_STAMP_ACCEPTED)
		return true;
	return (stamp->state == REMIT_STAMP_ALLOWED || (stamp->state == REMIT_STAMP_OWN && stamp->protocol == IPPROTO_TCP)) &&
	       remit_is_peer(skb, end, stamp);
}

/* What both directions begin with. PASS: of no session; DROP: nothing can pass; else a listener's or a connection that it took, or -1: the
 * packet is to be judged by its endpoint. */
REMIT_INLINE int remit_begin_packet(struct __sk_buff *skb, struct remit_passage *p)
{
	struct bpf_sock *sk = skb->sk;

	p->subject = remit_subject_of_packet(skb, p->stamp);
	if (!p->subject.session)
		return REMIT_PACKET_PASS;
	p->now_ns = bpf_ktime_get_boot_ns();
	if (!sk || p->subject.conflict || remit_standing_of_line(p->subject.session, p->now_ns) != REMIT_GRANTED)
		return remit_drop();
	p->subject.session->stood = bpf_jiffies64();
	if (!p->stamp) {
		p->stamp = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
		if (!p->stamp) {
			remit_count_fault();
			return remit_drop();
		}
	}
	if (p->stamp->state == REMIT_UNSTAMPED && remit_read_listener(sk, &p->endpoint))
		remit_listener_found(&p->subject, p->stamp, &p->endpoint, skb->family, p->stamp->pid);
	if (p->stamp->state == REMIT_STAMP_LISTENS || p->stamp->state == REMIT_STAMP_ACCEPTED)
		return remit_listener_stands(&p->subject, p->stamp, p->now_ns) ? REMIT_PACKET_PASS : remit_drop();
	return p->stamp->state == REMIT_STAMP_LISTENS_NOT ? remit_drop() : -1;
}

/* Both directions end with it: what passed is counted. */
REMIT_INLINE int remit_end_packet(struct __sk_buff *skb, struct remit_passage *p, int verdict, bool out)
{
	struct remit_session *session = p->subject.session;
	struct remit_stamp *stamp = p->stamp;

	if (verdict != REMIT_PACKET_PASS || !session || !stamp)
		return verdict;
	__sync_fetch_and_add(out ? &session->bytes_out : &session->bytes_in, skb->len);
	__sync_fetch_and_add(out ? &session->packets_out : &session->packets_in, 1);
	if (remit_gather(out ? &stamp->sent : &stamp->received, skb->len) || stamp->flags & REMIT_CLOSED)
		remit_pour(stamp);
	return verdict;
}

REMIT_INLINE int remit_judge_packet_out(struct __sk_buff *skb, struct remit_passage *p)
{
	int begun = remit_begin_packet(skb, p);
	struct remit_session *session = p->subject.session;
	struct remit_stamp *stamp = p->stamp;

	if (begun >= 0 || !session || !stamp)
		return begun >= 0 ? begun : REMIT_PACKET_DROP;
	if (!remit_read_end(skb, REMIT_DESTINATION, &p->endpoint))
		return remit_drop();
	begun = remit_query_out(skb, p);
	if (begun >= 0)
		return begun;
	if (stamp->state == REMIT_STAMP_PENDING)
		return remit_hold_packet(skb, p);
	if (stamp->state != REMIT_UNSTAMPED && remit_same_endpoint(stamp, &p->endpoint)) {
		/* A connection to one's own stays one; whoever is behind a datagram's port may have changed. */
		if (stamp->state == REMIT_STAMP_OWN && p->endpoint.protocol == IPPROTO_TCP)
			return REMIT_PACKET_PASS;
		if (stamp->state != REMIT_STAMP_OWN && stamp->generation == remit_generation_of_line(session))
			return stamp->state == REMIT_STAMP_ALLOWED ? REMIT_PACKET_PASS : remit_drop();
		return remit_judge_again(skb, p, true);
	}
	if (remit_sent_before(bpf_get_socket_cookie(skb), &p->endpoint, remit_generation_of_line(session)))
		return remit_judge_again(skb, p, true);
	return remit_judge_packet(skb, p, p->now_ns) ? REMIT_PACKET_PASS : remit_drop();
}

REMIT_INLINE struct remit_stamp *remit_stamp_of_packet(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk ? bpf_sk_storage_get(&sockets, sk, 0, 0) : NULL;
}

REMIT_INLINE int remit_packet_out(struct __sk_buff *skb)
{
	struct remit_passage p = {.stamp = remit_stamp_of_packet(skb)};
	int verdict = remit_goes_on(skb, &p, REMIT_DESTINATION) ? REMIT_PACKET_PASS : remit_judge_packet_out(skb, &p);

	return remit_end_packet(skb, &p, verdict, true);
}

/* What comes in: nothing for a session that is over or on a socket whose authority is gone; and nothing from where the session may not send
 * to, unless it may listen there. */
REMIT_INLINE int remit_judge_packet_in(struct __sk_buff *skb, struct remit_passage *p)
{
	int begun = remit_begin_packet(skb, p);
	struct remit_session *session = p->subject.session;
	struct remit_stamp *stamp = p->stamp;
	__u8 state;

	if (begun >= 0 || !session || !stamp)
		return begun >= 0 ? begun : REMIT_PACKET_DROP;
	if (remit_answer_in(skb, p))
		return REMIT_PACKET_PASS;
	state = stamp->state;
	if (state == REMIT_STAMP_REFUSED)
		return remit_drop();
	if (stamp->flags & REMIT_RECEIVES)
		return REMIT_PACKET_PASS;
	if (!remit_read_end(skb, REMIT_SOURCE, &p->endpoint))
		return remit_drop();
	if (remit_same_endpoint(stamp, &p->endpoint)) {
		if (state == REMIT_STAMP_PENDING || (state == REMIT_STAMP_OWN && p->endpoint.protocol == IPPROTO_TCP))
			return REMIT_PACKET_PASS;
		if (state == REMIT_STAMP_ALLOWED && stamp->generation == remit_generation_of_line(session))
			return REMIT_PACKET_PASS;
		return remit_judge_again(skb, p, true);
	}
	return remit_judge_again(skb, p, false);
}

REMIT_INLINE int remit_packet_in(struct __sk_buff *skb)
{
	struct remit_passage p = {.stamp = remit_stamp_of_packet(skb)};
	int verdict = remit_goes_on(skb, &p, REMIT_SOURCE) ? REMIT_PACKET_PASS : remit_judge_packet_in(skb, &p);

	return remit_end_packet(skb, &p, verdict, false);
}

#endif
