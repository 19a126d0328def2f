#include "policy/families.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace remit::policy {
namespace {

constexpr ProtocolWord kInet[] = {
    {"icmp", IPPROTO_ICMP}, {"igmp", IPPROTO_IGMP},         {"ipip", IPPROTO_IPIP},   {"dccp", IPPROTO_DCCP}, {"ipv6", IPPROTO_IPV6},
    {"rsvp", IPPROTO_RSVP}, {"gre", IPPROTO_GRE},           {"esp", IPPROTO_ESP},     {"ah", IPPROTO_AH},     {"icmpv6", IPPROTO_ICMPV6},
    {"pim", IPPROTO_PIM},   {"ipcomp", IPPROTO_COMP},       {"sctp", IPPROTO_SCTP},   {"raw", IPPROTO_RAW},   {"udplite", IPPROTO_UDPLITE},
    {"mpls", IPPROTO_MPLS}, {"ethernet", IPPROTO_ETHERNET}, {"mptcp", IPPROTO_MPTCP}, {"l2tp", 115},
};

constexpr ProtocolWord kNetlink[] = {
    {"route", NETLINK_ROUTE},
    {"usersock", NETLINK_USERSOCK},
    {"firewall", NETLINK_FIREWALL},
    {"sock_diag", NETLINK_SOCK_DIAG},
    {"nflog", NETLINK_NFLOG},
    {"xfrm", NETLINK_XFRM},
    {"selinux", NETLINK_SELINUX},
    {"iscsi", NETLINK_ISCSI},
    {"audit", NETLINK_AUDIT},
    {"fib_lookup", NETLINK_FIB_LOOKUP},
    {"connector", NETLINK_CONNECTOR},
    {"netfilter", NETLINK_NETFILTER},
    {"kobject_uevent", NETLINK_KOBJECT_UEVENT},
    {"generic", NETLINK_GENERIC},
    {"scsitransport", NETLINK_SCSITRANSPORT},
    {"rdma", NETLINK_RDMA},
    {"crypto", NETLINK_CRYPTO},
    {"smc", NETLINK_SMC},
};

// include/net/bluetooth/bluetooth.h and linux/can.h of the kernel.
constexpr ProtocolWord kBluetooth[] = {
    {"l2cap", 0}, {"hci", 1}, {"sco", 2}, {"rfcomm", 3}, {"bnep", 4}, {"cmtp", 5}, {"hidp", 6}, {"avdtp", 7}, {"iso", 8},
};
constexpr ProtocolWord kCan[] = {{"raw", 1}, {"bcm", 2}, {"isotp", 6}, {"j1939", 7}};
constexpr ProtocolWord kSmc[] = {{"smc", 0}, {"smc6", 1}};

// A packet socket's protocol can be changed by bind(2), so a rule cannot be about one of them.
constexpr FamilyWord kFamilies[] = {
    {"inet", AF_INET, true, kInet},
    {"inet6", AF_INET6, true, kInet},
    {"netlink", AF_NETLINK, false, kNetlink},
    {"packet", AF_PACKET, true},
    {"vsock", AF_VSOCK, true},
    {"alg", AF_ALG, false},
    {"key", AF_KEY, false},
    {"xdp", AF_XDP, true},
    {"bluetooth", AF_BLUETOOTH, true, kBluetooth},
    {"can", AF_CAN, true, kCan},
    {"smc", AF_SMC, true, kSmc},
    {"tipc", AF_TIPC, true},
    {"rds", AF_RDS, true},
    {"rxrpc", AF_RXRPC, true},
    {"kcm", AF_KCM, true},
    {"qipcrtr", AF_QIPCRTR, true},
    {"nfc", AF_NFC, true},
    {"pppox", AF_PPPOX, true},
    {"phonet", AF_PHONET, true},
    {"ieee802154", AF_IEEE802154, true},
    {"caif", AF_CAIF, true},
    {"llc", AF_LLC, true},
    {"x25", AF_X25, true},
    {"ax25", AF_AX25, true},
    {"netrom", AF_NETROM, true},
    {"rose", AF_ROSE, true},
    {"appletalk", AF_APPLETALK, true},
    {"isdn", AF_ISDN, true},
    {"mctp", AF_MCTP, true},
};

// Lower case, and without the prefix of the C constant.
std::string bare(std::string_view word, std::initializer_list<std::string_view> prefixes) {
    std::string text;
    for (char c : word) text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (std::string_view prefix : prefixes)
        if (text.starts_with(prefix)) return text.substr(prefix.size());
    return text;
}

template <typename Words>
std::string meant(const Words& words, const std::string& word) {
    std::vector<std::string> candidates;
    for (const auto& each : words) candidates.emplace_back(each.word);
    if (std::ranges::find(candidates, word) != candidates.end()) return word;
    return nearest(word, candidates).value_or("");
}

}  // namespace

const ProtocolWord* FamilyWord::find(std::string_view protocol) const {
    const auto found = std::ranges::find(protocols, protocol, &ProtocolWord::word);
    return found == protocols.end() ? nullptr : &*found;
}

const FamilyWord* find_family(std::string_view word) {
    const auto found = std::ranges::find(kFamilies, word, &FamilyWord::word);
    return found == std::end(kFamilies) ? nullptr : &*found;
}

std::string family_name(uint16_t family) {
    const auto found = std::ranges::find(kFamilies, family, &FamilyWord::family);
    return found == std::end(kFamilies) ? "" : std::string(found->word);
}

std::string protocol_name(uint16_t family, uint16_t protocol) {
    const auto words = std::ranges::find(kFamilies, family, &FamilyWord::family);
    if (words == std::end(kFamilies)) return "";
    const auto found = std::ranges::find(words->protocols, protocol, &ProtocolWord::protocol);
    return found == words->protocols.end() ? "" : std::string(found->word);
}

std::string meant_family(std::string_view word) {
    return meant(kFamilies, bare(word, {"af_", "pf_"}));
}

std::string meant_protocol(const FamilyWord& family, std::string_view word) {
    return meant(family.protocols, bare(word, {"ipproto_", "netlink_", "btproto_", "can_"}));
}

std::string protocol_words(const FamilyWord& family) {
    std::vector<std::string> words;
    for (const ProtocolWord& each : family.protocols) words.emplace_back(each.word);
    return join(words, ", ");
}

}  // namespace remit::policy
