#include "policy/learn_lines.h"

#include <netinet/in.h>

#include <algorithm>

#include "abi/policy.h"
#include "policy/families.h"
#include "policy/fold.h"
#include "policy/pattern.h"

namespace remit::policy {
namespace {

std::string ports_text(const std::vector<Ports>& all) {
    std::string text;
    for (const Ports& ports : all) {
        text += " port: \"" + std::to_string(ports.first);
        if (ports.last != ports.first) text += "-" + std::to_string(ports.last);
        text += "\"";
    }
    return text;
}

std::string prefix_text(const Prefix& prefix) {
    return prefix.bits == 128 ? "host: \"" + format_address(prefix.address) + "\"" : "cidr: \"" + format_prefix(prefix) + "\"";
}

struct Reach {
    std::vector<Ports> ports;
    Prefix prefix;

    auto operator<=>(const Reach&) const = default;
};
struct Used {
    bool tcp = false, udp = false;
    uint64_t uses = 0, objects = 0;
};

using ByPorts = std::map<std::vector<Ports>, std::map<Address, uint64_t>>;

// The addresses that were used at the same ports.
ByPorts by_ports(const std::map<Address, std::map<uint16_t, uint64_t>>& uses, uint16_t protocol, const Refused& refused) {
    ByPorts out;
    for (const auto& [address, ports] : uses) {
        std::vector<uint16_t> sorted;
        uint64_t count = 0;
        for (const auto& [port, times] : ports) sorted.push_back(port), count += times;
        const auto open = [&, host = Prefix{address, 128}](Ports gap) { return !refused.any_in(host, protocol, gap); };
        out[fold_ports(sorted, open)][address] = count;
    }
    return out;
}

std::vector<Line> to_lines(const std::map<Reach, Used>& reached, const char* field, bool listens) {
    std::vector<Line> lines;
    for (const auto& [reach, used] : reached) {
        std::string text = std::string(field) + " { ";
        text += listens ? "address: \"" + format_address(reach.prefix.address) + "\"" : prefix_text(reach.prefix);
        text += ports_text(reach.ports);
        if (used.tcp != used.udp) text += used.tcp ? " protocol: TCP" : " protocol: UDP";
        lines.push_back({text + " }", used.uses, used.objects});
    }
    return lines;
}

void mark(Used& used, uint16_t protocol) {
    ((protocol & ~REMIT_LISTENS) == IPPROTO_TCP ? used.tcp : used.udp) = true;
}

}  // namespace

bool Refused::any_at(const std::string& pattern) const {
    const Result<Pattern> parsed = parse_pattern(pattern);
    return parsed && std::ranges::any_of(paths, [&](const std::string& path) { return parsed->matches(path); });
}

bool Refused::any_in(const Prefix& prefix, uint16_t protocol, Ports ports) const {
    return std::ranges::any_of(targets, [&](const auto& target) {
        const auto& [address, used, port] = target;
        return used == protocol && ports.has(port) && prefix.covers(address);
    });
}

std::string quoted_text(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

std::vector<Line> program_lines(const std::map<std::string, uint64_t>& uses, const Refused& refused, const std::set<std::string>& others,
                                std::vector<std::string>& unsaid) {
    const Refused elsewhere{others, {}};
    const auto allowed = [&](const std::string& pattern) { return !refused.any_at(pattern) && !elsewhere.any_at(pattern); };
    std::vector<Line> lines;
    for (const Folded& folded : fold_paths(uses, allowed, unsaid))
        lines.push_back({"program { path: " + quoted_text(folded.text) + " }", folded.uses, folded.objects});
    return lines;
}

std::vector<Line> endpoint_lines(const EndpointUses& uses, const Refused& refused) {
    std::map<Reach, Used> reached;
    for (const auto& [protocol, addresses] : uses) {
        for (const auto& [ports, same] : by_ports(addresses, protocol, refused)) {
            const auto open = [&, protocol = protocol, &ports = ports](const Prefix& prefix) {
                return std::ranges::none_of(ports, [&](Ports each) { return refused.any_in(prefix, protocol, each); });
            };
            for (const FoldedPrefix& folded : fold_addresses(same, open)) {
                Used& used = reached[{ports, folded.prefix}];
                mark(used, protocol);
                used.uses += folded.uses;
                used.objects = std::max(used.objects, folded.objects);
            }
        }
    }
    return to_lines(reached, "endpoint", false);
}

std::vector<Line> listen_lines(const EndpointUses& uses, const Refused& refused) {
    std::map<Reach, Used> reached;
    for (const auto& [protocol, addresses] : uses) {
        for (const auto& [ports, same] : by_ports(addresses, protocol, refused)) {
            for (const auto& [address, count] : same) {
                Used& used = reached[{ports, {address, 128}}];
                mark(used, protocol);
                used.uses += count;
                used.objects = 1;
            }
        }
    }
    return to_lines(reached, "listen", true);
}

std::string socket_line(uint16_t family, uint16_t protocol) {
    const std::string name = family_name(family), word = protocol_name(family, protocol);
    const FamilyWord* words = find_family(name);
    if (!words || (word.empty() && !words->protocols.empty())) return "";
    return "socket { family: \"" + name + "\"" + (word.empty() ? "" : " protocol: \"" + word + "\"") + " }";
}

}  // namespace remit::policy
