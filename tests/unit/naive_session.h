// The decision of naive.h, step by step as POLICY.md numbers them.
#pragma once

#include "unit/naive.h"

namespace naive {

inline std::optional<Session::Specific> Session::covering(const Tool& tool, const Crossing& crossing) const {
    std::optional<Specific> best;
    const auto offer = [&](Specific found) {
        if (!best || found > *best) best = found;
    };
    if (!crossing.program.empty()) {
        for (const Program& each : tool.programs)
            if (each.covers(crossing.program)) {
                const bool pattern = each.folder || each.everything_below;
                offer({pattern ? 0 : 1, static_cast<long>(each.path.size()) + (pattern ? 1 : 0), 0});
            }
        return best;
    }
    for (const Endpoint& each : tool.endpoints)
        if (each.covers(crossing.address, crossing.port, crossing.udp))
            offer({each.is_host ? 1 : 0, each.bits, -(each.last_port - each.first_port)});
    return best;
}

// Step 2: any tool that covers the object, or any of their labels; `after`: of what was seen.
inline bool Session::denied(const std::vector<const Tool*>& covering, std::string& by) const {
    for (const Deny& deny : policy_.denies) {
        if (!deny.after.empty() && std::ranges::none_of(deny.after, [&](const std::string& mark) { return seen_.contains(mark); }))
            continue;
        for (const Tool* tool : covering)
            if (tool->name == deny.tool || (!deny.label.empty() && has(*tool, deny.label))) {
                by = tool->name;
                return true;
            }
    }
    return false;
}

inline std::string Session::failing(size_t number) const {
    const Grant& grant = policy_.grants[number];
    const auto seen = [&](const std::string& mark) { return seen_.contains(mark); };
    if (now_ < grant.from) return "NOT_YET";
    if (grant.until >= 0 && now_ >= grant.until) return "GRANT_EXPIRED";
    if (!std::ranges::all_of(grant.only_after, seen)) return "ONLY_AFTER";
    if (std::ranges::any_of(grant.never_after, seen)) return "NEVER_AFTER";
    if (grant.max_uses >= 0 && used_[number] >= grant.max_uses) return "MAX_USES";
    if (grant.approval && !approved_.contains(grant.tool)) return "APPROVAL";
    return "";
}

inline void Session::see(const std::vector<const Tool*>& tools) {
    for (const Tool* tool : tools) {
        seen_.insert(tool->name);
        seen_.insert(tool->labels.begin(), tool->labels.end());
    }
}

inline Answer Session::cross(const Crossing& crossing) {
    // 1. The session's own standing.
    if (revoked_) return {"DENY", "REVOKED", ""};
    if (policy_.lifetime >= 0 && now_ >= policy_.lifetime) return {"DENY", "EXPIRED", ""};
    // 6. No tool covers it.
    std::vector<const Tool*> covered, tied;
    std::optional<Specific> best;
    for (const Tool& tool : policy_.tools) {
        const std::optional<Specific> how = covering(tool, crossing);
        if (!how) continue;
        covered.push_back(&tool);
        if (!best || *how > *best) tied.clear();
        if (!best || *how >= *best) {
            tied.push_back(&tool);
            best = how;
        }
    }
    if (covered.empty()) return {policy_.otherwise_allow ? "ALLOW" : "DENY", "NO_TOOL", ""};
    // 2. Denies beat every grant.
    std::string by;
    if (denied(covered, by)) return {"DENY", "DENIED", by};
    // 3 to 5. The most specific tools, the first declared first; a tool's grants in order.
    std::optional<Answer> first, pending;
    for (const Tool* tool : tied) {
        for (size_t i = 0; i < policy_.grants.size(); i++) {
            if (policy_.grants[i].tool != tool->name) continue;
            const std::string reason = failing(i);
            if (reason.empty()) {
                used_[i]++;
                see(tied);
                return {"ALLOW", "", tool->name};
            }
            if (reason == "APPROVAL" && !pending) pending = Answer{"PENDING", reason, tool->name};
            if (!first) first = Answer{"DENY", reason, tool->name};
        }
    }
    if (pending) return *pending;
    return first ? *first : Answer{"DENY", "NOT_GRANTED", tied.front()->name};
}

}  // namespace naive
