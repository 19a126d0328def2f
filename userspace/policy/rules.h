// The includer's half of abi/verdict.h in user space: rules are kept in Tables, what was taken in maps. Include this, never abi/verdict.h
// itself, wherever decisions or the words of verdicts are needed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>

#include "abi/verdict.h"
#include "base/tables.h"

struct remit_rules {
    const remit::Tables* tables = nullptr;
    // Of one session. Without them every counter is missing, and no approval has an end.
    const std::map<uint32_t, remit_use>* uses = nullptr;      // by counter
    const std::map<uint32_t, uint64_t>* approvals = nullptr;  // boot time until which, by tool
};

REMIT_INLINE const remit_grant* remit_grant_at(const remit_rules* rules, __u32, __u32 tool, __u32 nth) {
    const auto& grants = rules->tables->grants;
    const auto first = std::ranges::lower_bound(grants, tool, {}, &remit::Tables::Grant::tool);
    const size_t at = static_cast<size_t>(first - grants.begin()) + nth;
    return at < grants.size() && grants[at].tool == tool ? &grants[at].grant : nullptr;
}

REMIT_INLINE const remit_deny* remit_deny_at(const remit_rules* rules, __u32, __u32 nth) {
    return nth < rules->tables->denies.size() ? &rules->tables->denies[nth] : nullptr;
}

REMIT_INLINE remit_use remit_use_of(const remit_rules* rules, __u64, __u32 counter) {
    constexpr __u64 kNone = std::numeric_limits<__u64>::max();
    if (!rules->uses) return {kNone, kNone};
    const auto found = rules->uses->find(counter);
    return found == rules->uses->end() ? remit_use{} : found->second;
}

REMIT_INLINE __u64 remit_approval_end(const remit_rules* rules, __u64, __u32 tool) {
    if (!rules->approvals) return 0;
    const auto found = rules->approvals->find(tool);
    return found == rules->approvals->end() ? 0 : found->second;
}

// Decisions in user space are those of sessions that are below none.
REMIT_INLINE const remit_session* remit_top_of(const remit_session* session) {
    return session;
}
