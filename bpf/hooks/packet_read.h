/* The ends of a packet as its headers say them: no further than the address that is really used. */
#ifndef REMIT_HOOKS_PACKET_READ_H
#define REMIT_HOOKS_PACKET_READ_H

#include "../lib/maps.h"
#include "../lib/object.h"

#define REMIT_IPV4_WORDS 5 /* of a header without options */
#define REMIT_MAX_IPV6_EXTENSIONS 4

struct remit_ipv4_head {
	__u8 version_ihl;
	__u8 tos;
	__u16 length;
	__u16 id;
	__u16 fragment;
	__u8 ttl;
	__u8 protocol;
	__u16 check;
	__u32 source;
	__u32 destination;
};

struct remit_ipv6_head {
	__u32 version_flow;
	__u16 length;
	__u8 next;
	__u8 hops;
	__u8 source[16];
	__u8 destination[16];
};

enum remit_end { REMIT_SOURCE = 0, REMIT_DESTINATION = 1 };

/* Bytes of a packet at a constant offset: from its first piece where they are in it, as they nearly always are. */
REMIT_INLINE bool remit_read_bytes(struct __sk_buff *skb, __u32 offset, void *out, __u32 size)
{
	void *data = (void *)(long)skb->data + offset;

	if (data + size > (void *)(long)skb->data_end)
		return !bpf_skb_load_bytes(skb, offset, out, size);
	__builtin_memcpy(out, data, size);
	return true;
}

/* The ports of TCP and UDP stand at the same places, in the order of enum remit_end; other protocols have none. */
REMIT_INLINE bool remit_has_ports(__u16 protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* No options: a source route among them would name another destination than the one in its field. */
REMIT_INLINE bool remit_read_end4(struct __sk_buff *skb, enum remit_end end, struct remit_endpoint *out)
{
	struct remit_ipv4_head head;
	__u16 ports[2] = {};

	if (!remit_read_bytes(skb, 0, &head, sizeof(head)) || (head.version_ihl & 0xf) != REMIT_IPV4_WORDS)
		return false;
	remit_set_ipv4(out, end == REMIT_DESTINATION ? head.destination : head.source);
	out->protocol = head.protocol;
	if (remit_has_ports(head.protocol))
		remit_read_bytes(skb, sizeof(head), ports, sizeof(ports));
	out->port = bpf_ntohs(ports[end]);
	return true;
}

/* No routing header: it names other destinations than the one in its field. */
REMIT_INLINE bool remit_read_end6(struct __sk_buff *skb, enum remit_end end, struct remit_endpoint *out)
{
	struct remit_ipv6_head head;
	__u32 offset = sizeof(head);
	__u16 ports[2] = {};

	if (!remit_read_bytes(skb, 0, &head, sizeof(head)))
		return false;
	__builtin_memcpy(out->address, end == REMIT_DESTINATION ? head.destination : head.source, sizeof(out->address));
	out->protocol = head.next;
	for (int i = 0; i < REMIT_MAX_IPV6_EXTENSIONS; i++) {
		__u8 extension[2];

		if (out->protocol == IPPROTO_ROUTING)
			return false;
		if (out->protocol != IPPROTO_HOPOPTS && out->protocol != IPPROTO_DSTOPTS)
			break;
		if (bpf_skb_load_bytes(skb, offset, extension, sizeof(extension)))
			return false;
		out->protocol = extension[0];
		offset += (extension[1] + 1) * 8;
	}
	if (remit_has_ports(out->protocol))
		bpf_skb_load_bytes(skb, offset, ports, sizeof(ports));
	out->port = bpf_ntohs(ports[end]);
	return true;
}

struct remit_ipv4_packet {
	struct remit_ipv4_head head;
	__u16 ports[2];
};

struct remit_ipv6_packet {
	struct remit_ipv6_head head;
	__u16 ports[2];
};

/* Is this end the peer that the socket's stamp names? Of the plainest headers only, and read where they lie; false says nothing. */
REMIT_INLINE bool remit_is_peer4(struct __sk_buff *skb, enum remit_end end, const struct remit_stamp *stamp)
{
	const struct remit_ipv4_packet *packet = (const void *)(long)skb->data;
	const __u32 *words = (const __u32 *)stamp->address;

	if ((const void *)(packet + 1) > (const void *)(long)skb->data_end || packet->head.version_ihl != (4 << 4 | REMIT_IPV4_WORDS))
		return false;
	return (end == REMIT_DESTINATION ? packet->head.destination : packet->head.source) == words[3] &&
	       packet->ports[end] == bpf_htons(stamp->port) && packet->head.protocol == stamp->protocol && !(words[0] | words[1]) &&
	       words[2] == bpf_htonl(0xffff);
}

REMIT_INLINE bool remit_is_peer6(struct __sk_buff *skb, enum remit_end end, const struct remit_stamp *stamp)
{
	const struct remit_ipv6_packet *packet = (const void *)(long)skb->data;
	const __u32 *words = (const __u32 *)stamp->address;
	const __u32 *there;

	if ((const void *)(packet + 1) > (const void *)(long)skb->data_end || packet->head.next != stamp->protocol)
		return false;
	there = (const __u32 *)(end == REMIT_DESTINATION ? packet->head.destination : packet->head.source);
	return there[0] == words[0] && there[1] == words[1] && there[2] == words[2] && there[3] == words[3] &&
	       packet->ports[end] == bpf_htons(stamp->port);
}

REMIT_INLINE bool remit_is_peer(struct __sk_buff *skb, enum remit_end end, const struct remit_stamp *stamp)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return remit_is_peer4(skb, end, stamp);
	return skb->protocol == bpf_htons(ETH_P_IPV6) && remit_has_ports(stamp->protocol) && remit_is_peer6(skb, end, stamp);
}

/* One end of a packet; false: it cannot be told, and the packet is dropped. */
REMIT_APART bool remit_read_end(struct __sk_buff *skb, enum remit_end end, struct remit_endpoint *out)
{
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return remit_read_end4(skb, end, out);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return remit_read_end6(skb, end, out);
	return false;
}

#endif
