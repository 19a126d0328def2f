// How specific a tool covers an object, POLICY.md step 3: kind, then prefix length, then port width. Used inside policy/ only.
#pragma once

#include <compare>
#include <cstdint>

#include "policy/model.h"

namespace remit::policy {

// Greater is more specific. Programs have no ports, so their narrowness is always 0.
struct Specificity {
    uint32_t kind = 0;        // exact path over folder; exact host over address
    uint32_t prefix = 0;      // bits of the address, or bytes of the path before its first `*`
    uint32_t narrowness = 0;  // 65536 - port width

    auto operator<=>(const Specificity&) const = default;
};

inline Specificity specificity_of(const Pattern& pattern) {
    return {pattern.exact ? 1u : 0u, static_cast<uint32_t>(pattern.fixed), 0};
}

inline Specificity specificity_of(bool exact_host, uint32_t bits, Ports ports) {
    return {exact_host ? 1u : 0u, bits, 65536 - ports.width()};
}

}  // namespace remit::policy
