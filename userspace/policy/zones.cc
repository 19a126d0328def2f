#include "policy/zones.h"

#include <netinet/in.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "policy/tables.h"

namespace remit::policy {
namespace {

using EffectSet = std::vector<const Effect*>;  // sorted, without repetition

// Prefixes by address, wider ones first: the order of a walk through the trie, parents before children.
using Prefixes = std::map<Prefix, EffectSet>;

bool holds_ipv4_range(const Prefix& prefix) {
    return prefix.bits < kIpv4Bits && same_bits(prefix.address, ipv4_range().address, prefix.bits);
}

Prefixes collect(const Policy& policy, std::set<Effect>& effects) {
    Prefixes prefixes;
    const auto add = [&](size_t layer, uint16_t tool, bool listens, const Endpoint& endpoint) {
        prefixes[endpoint.prefix].push_back(&*effects.insert(effect_of(layer, tool, endpoint, listens)).first);
        // A wide IPv6 prefix does not cover IPv4, though IPv4 stands inside it in the trie: a zone of its own cuts it out. A listener at
        // "::" takes IPv4 too, and goes on into that zone.
        if (!listens && holds_ipv4_range(endpoint.prefix)) prefixes[ipv4_range()];
    };
    for (size_t layer = 0; layer < layers_of(policy); layer++) {
        const std::vector<Tool>& tools = layer_of(policy, layer).tools;
        for (uint16_t tool = 0; tool < tools.size(); tool++) {
            for (const Endpoint& endpoint : tools[tool].endpoints) add(layer, tool, false, endpoint);
            for (const Endpoint& listen : tools[tool].listens) add(layer, tool, true, listen);
        }
    }
    return prefixes;
}

void normalise(EffectSet& set) {
    std::ranges::sort(set);
    set.erase(std::unique(set.begin(), set.end()), set.end());
}

class Zones {
public:
    Zones(const Policy& policy, Tables& tables) : policy_(policy), tables_(tables) {}

    uint32_t zone_of(const EffectSet& set) {
        const auto [found, added] = zones_.try_emplace(set, static_cast<uint32_t>(zones_.size()));
        if (added) {
            for (const int listens : {0, REMIT_LISTENS})
                for (const int protocol : {IPPROTO_TCP, IPPROTO_UDP})
                    add_ports(policy_, set, static_cast<uint16_t>(protocol | listens), found->second, tables_);
        }
        return found->second;
    }

private:
    const Policy& policy_;
    Tables& tables_;
    std::map<EffectSet, uint32_t> zones_;
};

Error too_large(const char* what, size_t largest) {
    return Error{Code::kBadData, std::string("the policy needs more than ") + std::to_string(largest) + " " + what + " in the kernel",
                 "give overlapping endpoints the same ports, or fewer of them"};
}

}  // namespace

Effect effect_of(size_t layer, uint16_t tool, const Endpoint& endpoint, bool listens) {
    Effect effect{.layer = layer,
                  .tool = tool,
                  .listens = listens,
                  .kind = endpoint.exact_host ? kExactHost : kByPrefix,
                  .prefix = endpoint.prefix.bits,
                  .tcp = endpoint.tcp,
                  .udp = endpoint.udp,
                  .ports = endpoint.ports};
    std::ranges::sort(effect.ports);
    return effect;
}

Result<void> add_zones(const Policy& policy, Tables& tables) {
    std::set<Effect> effects;
    Zones zones(policy, tables);
    std::vector<std::pair<Prefix, EffectSet>> enclosing;
    for (auto& [prefix, own] : collect(policy, effects)) {
        while (!enclosing.empty() && !same_bits(enclosing.back().first.address, prefix.address, enclosing.back().first.bits))
            enclosing.pop_back();
        EffectSet covering = own;
        const bool cut = prefix == ipv4_range();  // what covers addresses from outside does not go on in here; listeners do
        if (!enclosing.empty())
            std::ranges::copy_if(enclosing.back().second, std::back_inserter(covering),
                                 [&](const Effect* effect) { return effect->listens || !cut; });
        normalise(covering);
        tables.zones.push_back({prefix.address, prefix.bits, zones.zone_of(covering)});
        enclosing.emplace_back(prefix, std::move(covering));
        if (tables.zones.size() > kMaxZones) return too_large("zones of addresses", kMaxZones);
        if (tables.ports.size() > kMaxPorts) return too_large("ranges of ports", kMaxPorts);
    }
    return {};
}

}  // namespace remit::policy
