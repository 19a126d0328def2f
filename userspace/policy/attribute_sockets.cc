// Endpoints, listeners, unix sockets and other socket families.
#include <netinet/in.h>

#include <algorithm>
#include <map>
#include <set>

#include "policy/attribute.h"
#include "policy/best.h"
#include "policy/hosts.h"
#include "policy/narrow.h"

namespace remit::policy {
namespace {

std::string with_ports(const std::string& text, Ports ports) {
    if (ports == Ports{}) return text + ", all ports";
    if (ports.first == ports.last) return text + " port " + std::to_string(ports.first);
    return text + " ports " + std::to_string(ports.first) + "-" + std::to_string(ports.last);
}

std::string describe(const Endpoint& endpoint, Ports ports) {
    return with_ports(endpoint.exact_host ? "exact host " + format_address(endpoint.prefix.address) : format_prefix(endpoint.prefix),
                      ports);
}

std::string describe(const Host& host, Ports ports) {
    return with_ports((host.wildcard ? "wildcard host " : "exact host ") + host.text(), ports);
}

// Whom a socket's endpoints take as its listener: the peer's pattern, and the tools that ask for it.
using Asked = std::pair<std::string, std::set<uint16_t>>;

bool names_it(const UnixEndpoint& endpoint, const std::vector<std::string>& names) {
    return std::ranges::find(names, endpoint.name) != names.end();
}

// Does every endpoint of the policy that names it take such listeners, and no others?
bool asks_the_same(const Policy& policy, const std::vector<std::string>& names, const Pattern& peer) {
    return std::ranges::all_of(policy.unix_endpoints, [&](const UnixEndpoint& each) {
        return !names_it(each, names) || (each.peer && each.peer->text == peer.text);
    });
}

}  // namespace

static Attribution attribute_host(const Policy& policy, const Target& target) {
    std::vector<Covering> coverings;
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++) {
        for (const Host& host : policy.tools[tool].hosts) {
            if (target.protocol == IPPROTO_TCP ? !host.tcp : !host.udp) continue;
            if (!covers_name(host, target.host)) continue;
            for (const Ports& ports : host.ports)
                if (ports.has(target.port))
                    coverings.push_back({tool, specificity_of(host, ports), false, describe(host, ports), host.position});
        }
    }
    return finish(policy, std::move(coverings));
}

Attribution attribute_endpoint(const Policy& policy, const Target& target) {
    if (!target.host.empty()) return attribute_host(policy, target);
    const bool listens = target.protocol & REMIT_LISTENS;
    const bool tcp = (target.protocol & ~REMIT_LISTENS) == IPPROTO_TCP;
    std::vector<Covering> coverings;
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++) {
        for (const Endpoint& endpoint : listens ? policy.tools[tool].listens : policy.tools[tool].endpoints) {
            if (tcp ? !endpoint.tcp : !endpoint.udp) continue;
            const Prefix& prefix = endpoint.prefix;
            if (listens ? !same_bits(prefix.address, target.address, prefix.bits) : !prefix.covers(target.address)) continue;
            for (const Ports& ports : endpoint.ports) {
                if (!ports.has(target.port)) continue;
                coverings.push_back({tool, specificity_of(endpoint, ports), false, describe(endpoint, ports), endpoint.position});
            }
        }
    }
    return finish(policy, std::move(coverings));
}

Attribution attribute_name(const Policy& policy, const std::string& name) {
    std::vector<Covering> coverings;
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++)
        for (const Host& host : policy.tools[tool].hosts)
            if (covers_name(host, name))
                for (const Ports& ports : host.ports)
                    coverings.push_back({tool, specificity_of(host, ports), false, describe(host, ports), host.position});
    return finish(policy, std::move(coverings));
}

Attribution attribute_unix(const Policy& policy, const std::vector<std::string>& names) {
    std::vector<Covering> coverings;
    std::map<uint16_t, Asked> asked;  // by number
    for (const UnixEndpoint& endpoint : policy.unix_endpoints) {
        if (!names_it(endpoint, names)) continue;
        const std::string peer = endpoint.peer ? endpoint.peer->text : "";
        const std::string why = "unix socket " + endpoint.name + (endpoint.peer ? " of " + peer : "");
        coverings.push_back({endpoint.tool, Specificity{}, false, why, endpoint.position});
        asked[endpoint.number].first = peer;
        asked[endpoint.number].second.insert(endpoint.tool);
    }
    Attribution out = finish(policy, std::move(coverings));
    if (asked.empty()) return out;
    const bool agree = std::ranges::all_of(asked, [&](const auto& each) { return each.second == asked.begin()->second; });
    if (agree) {
        out.toolset.peer_endpoint = asked.begin()->first;
        return out;
    }
    std::ranges::fill(out.toolset.best, 0);
    out.toolset.labels = 0;
    for (Covering& covering : out.coverings) covering.best = false;
    return out;
}

remit_toolset unix_toolset(const Policy& policy, const std::vector<std::string>& names) {
    remit_toolset toolset = attribute_unix(policy, names).toolset;
    bar(policy, toolset, [&](const Policy& within) {
        // Listeners are judged by what the policy above asks of them: another wish is kept by nobody, and gives nothing.
        const bool asks = std::ranges::any_of(within.unix_endpoints, [&](const auto& each) {
            return names_it(each, names) && each.peer && !asks_the_same(policy, names, *each.peer);
        });
        return asks ? remit_toolset{} : unix_toolset(within, names);
    });
    return toolset;
}

remit_toolset peer_toolset(const Policy& policy, uint16_t endpoint, const std::vector<std::string>& peer_paths) {
    Best best(policy);
    for (const UnixEndpoint& each : policy.unix_endpoints) {
        if (each.number != endpoint || !each.peer) continue;
        if (std::ranges::any_of(peer_paths, [&](const std::string& path) { return each.peer->matches(path); })) best.add(each.tool, {});
    }
    return best.toolset();
}

remit_toolset family_toolset(const Policy& policy, uint16_t family, uint16_t protocol) {
    Best best(policy);
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++) {
        for (const SocketFamily& socket : policy.tools[tool].sockets) {
            if (socket.family != family) continue;
            if (socket.protocol == protocol)
                best.add(tool, {.kind = 1});
            else if (socket.protocol == REMIT_ANY_PROTOCOL)
                best.add(tool, {});
        }
    }
    remit_toolset toolset = best.toolset();
    bar(policy, toolset, [&](const Policy& within) { return family_toolset(within, family, protocol); });
    return toolset;
}

}  // namespace remit::policy
