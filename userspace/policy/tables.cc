#include "policy/tables.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "policy/attribute.h"
#include "policy/zones.h"

namespace remit::policy {
namespace {

void add_grants(const Policy& policy, Tables& tables) {
    for (const Grant& grant : policy.grants)
        if (grant.unconditional()) {
            add_mark(tables.head.granted, grant.tool);
            if (grant.delegable) add_mark(tables.head.delegable, grant.tool);
        }
    for (const Grant& grant : policy.grants) {
        if (has_mark(tables.head.granted, grant.tool)) continue;
        add_mark(tables.head.conditional, grant.tool);
        remit_grant compiled{};
        std::ranges::copy(grant.only_after, compiled.only_after);
        std::ranges::copy(grant.never_after, compiled.never_after);
        compiled.from_ns = grant.from_ns;
        compiled.until_ns = grant.until_ns;
        compiled.max_uses = grant.max_uses;
        compiled.rate_ns = grant.rate_ns;
        compiled.rate_count = grant.rate_count;
        compiled.rule = grant.rule;
        compiled.counter = grant.counter.value_or(grant.rule);
        compiled.flags = static_cast<__u16>((grant.approval ? REMIT_GRANT_APPROVAL : 0) | (grant.delegable ? REMIT_GRANT_DELEGABLE : 0));
        tables.grants.push_back({grant.tool, 0, compiled});
    }
    std::ranges::stable_sort(tables.grants, {}, &Tables::Grant::tool);
    for (size_t i = 1; i < tables.grants.size(); i++)
        if (tables.grants[i].tool == tables.grants[i - 1].tool) tables.grants[i].nth = tables.grants[i - 1].nth + 1;
}

void add_denies(const Policy& policy, Tables& tables) {
    for (const Deny& deny : policy.denies) {
        remit_deny compiled{};
        std::ranges::copy(deny.tools, compiled.tools);
        std::ranges::copy(deny.after, compiled.after);
        compiled.rule = deny.rule;
        compiled.flags = static_cast<__u16>((deny.always ? REMIT_DENY_ALWAYS : 0) | (deny.cut ? REMIT_DENY_CUT : 0));
        for (int i = 0; i < REMIT_TOOL_WORDS; i++) tables.head.denied[i] |= deny.tools[i];
        for (int i = 0; deny.cut && i < REMIT_MARK_WORDS; i++) tables.head.cuts[i] |= deny.after[i];
        tables.denies.push_back(compiled);
    }
    tables.head.deny_count = static_cast<uint32_t>(tables.denies.size());
}

bool asks_for_raw(const SocketFamily& socket) {
    if (socket.family == AF_PACKET) return true;
    if (socket.family != AF_INET && socket.family != AF_INET6) return false;
    for (int plain : {IPPROTO_MPTCP, IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE})
        if (socket.protocol == plain) return false;
    return true;
}

// By any grant, also one that needs an approval: a capability that is dropped at the start does not come back.
bool grants_raw_sockets(const Policy& policy) {
    return std::ranges::any_of(policy.grants,
                               [&](const auto& grant) { return std::ranges::any_of(policy.tools[grant.tool].sockets, asks_for_raw); });
}

uint8_t flags_of(const Policy& policy) {
    int flags = 0;
    if (policy.strict_code) flags |= REMIT_STRICT_CODE;
    if (policy.user_namespaces) flags |= REMIT_USER_NAMESPACES;
    if (policy.unix_any) flags |= REMIT_UNIX_ANY;
    if (grants_raw_sockets(policy)) flags |= REMIT_RAW_SOCKETS;
    if (std::ranges::any_of(policy.tools, [](const Tool& tool) { return !tool.hosts.empty(); })) flags |= REMIT_NAMES;
    return static_cast<uint8_t>(flags);
}

void add_unix_names(const Policy& policy, Tables& tables) {
    std::set<std::string> names;
    for (const UnixEndpoint& endpoint : policy.unix_endpoints)
        if (endpoint.abstract()) names.insert(endpoint.name);
    for (const std::string& name : names) tables.unix_names.push_back({name.substr(1), unix_toolset(policy, {name})});
}

void add_families(const Policy& policy, Tables& tables) {
    std::set<std::pair<uint16_t, uint16_t>> families;
    for (const Tool& tool : policy.tools)
        for (const SocketFamily& socket : tool.sockets) families.emplace(socket.family, socket.protocol);
    for (const auto& [family, protocol] : families) tables.families.push_back({family, protocol, family_toolset(policy, family, protocol)});
}

// Ports of a zone and protocol are disjoint: the last that begins at or before the port is the only one that can hold it.
remit_toolset find_port(const Tables& tables, uint32_t zone, const Target& target) {
    const auto key_of = [](const Tables::Port& port) { return std::tuple(port.zone, port.protocol, port.port); };
    auto after = std::ranges::upper_bound(tables.ports, std::tuple(zone, target.protocol, target.port), {}, key_of);
    if (after == tables.ports.begin()) return {};
    const Tables::Port& port = *--after;
    const bool holds = port.zone == zone && port.protocol == target.protocol && (port.port ^ target.port) >> (16 - port.bits) == 0;
    return holds ? port.toolset : remit_toolset{};
}

}  // namespace

Result<Tables> compile(const Policy& policy) {
    Tables tables;
    tables.head.mode = policy.mode;
    tables.head.otherwise = policy.otherwise;
    tables.head.flags = flags_of(policy);
    tables.anonymous = program_toolset(policy, ProgramFacts{.kinds = kAnonymous});
    add_grants(policy, tables);
    add_denies(policy, tables);
    add_unix_names(policy, tables);
    add_families(policy, tables);
    if (Result<void> added = add_zones(policy, tables); !added) return std::move(added).error();
    return tables;
}

remit_toolset find_endpoint(const Tables& tables, const Target& target) {
    const auto prefix_of = [](const Tables::Zone& zone) { return Prefix{zone.address, zone.bits}; };
    for (uint32_t bits = 129; bits-- > 0;) {
        const Prefix wanted = prefix_around(target.address, bits);
        const auto zone = std::ranges::lower_bound(tables.zones, wanted, {}, prefix_of);
        if (zone != tables.zones.end() && prefix_of(*zone) == wanted) return find_port(tables, zone->zone, target);
    }
    return {};
}

}  // namespace remit::policy
