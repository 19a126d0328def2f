// The address half of compile: address prefixes to zones, and the ports of each zone to toolsets. Used by tables and hosts only.
//
// An effect is what a rule does to an address that it covers: tool, specificity of the address, ports, protocols, and whether it is about
// listeners there or about going there. Two prefixes whose
// covering rules have the same effects share a zone, so a thousand hosts of one tool with the same ports cost one zone.
#pragma once

#include "base/result.h"
#include "base/tables.h"
#include "policy/model.h"
#include "policy/specificity.h"

namespace remit::policy {

struct Effect {
    size_t layer = 0;  // 0: of the policy; n: of the nth of those that it is within
    uint16_t tool = 0;
    bool listens = false;
    HostKind kind = kByPrefix;
    uint32_t prefix = 0;  // as in Specificity
    bool tcp = true;
    bool udp = true;
    std::vector<Ports> ports;

    auto operator<=>(const Effect&) const = default;
};

Effect effect_of(size_t layer, uint16_t tool, const Endpoint& endpoint, bool listens);

// The policy, and those that it is within: layer by layer.
inline const Policy& layer_of(const Policy& policy, size_t layer) {
    return layer == 0 ? policy : *policy.within[layer - 1];
}
inline size_t layers_of(const Policy& policy) {
    return 1 + policy.within.size();
}

Result<void> add_zones(const Policy& policy, Tables& tables);

// The ports of one zone and protocol (with REMIT_LISTENS: of listeners), as prefixes of disjoint segments.
void add_ports(const Policy& policy, const std::vector<const Effect*>& effects, uint16_t protocol, uint32_t zone, Tables& tables);

}  // namespace remit::policy
