// How specific a tool covers an object, POLICY.md step 3: kind, then prefix length, then port width. Used inside policy/ only.
#pragma once

#include <compare>
#include <cstdint>

#include "policy/model.h"

namespace remit::policy {

// Greater is more specific. Programs have no ports, so their narrowness is always 0.
struct Specificity {
    uint32_t kind = 0;        // content hash over exact path over folder; exact host over wildcard host over address
    uint32_t prefix = 0;      // bits of the address, bytes of the name behind "*.", or bytes of the path before its first `*`
    uint32_t narrowness = 0;  // 65536 - port width

    auto operator<=>(const Specificity&) const = default;
};

// same_content: the program's content is the one that the rule names.
inline Specificity specificity_of(const Program& program, bool same_content) {
    const uint32_t fixed = program.pattern ? static_cast<uint32_t>(program.pattern->fixed) : 0;
    return {same_content ? 2u : program.pattern && program.pattern->exact ? 1u : 0u, fixed, 0};
}

// How an endpoint names its hosts. A host by its name is as exact as one by its address.
enum HostKind : uint32_t { kByPrefix = 0, kByWildcard = 1, kExactHost = 2 };
inline constexpr uint32_t kExactBits = 128;

inline Specificity specificity_of(HostKind kind, uint32_t prefix, Ports ports) {
    return {kind, prefix, 65536 - ports.width()};
}
inline Specificity specificity_of(const Endpoint& endpoint, Ports ports) {
    return specificity_of(endpoint.exact_host ? kExactHost : kByPrefix, endpoint.prefix.bits, ports);
}
inline Specificity specificity_of(const Host& host, Ports ports) {
    return host.wildcard ? specificity_of(kByWildcard, static_cast<uint32_t>(host.name.size()), ports)
                         : specificity_of(kExactHost, kExactBits, ports);
}

}  // namespace remit::policy
