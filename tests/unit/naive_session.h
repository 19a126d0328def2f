// The decision of naive.h, step by step as POLICY.md numbers them.
#pragma once

#include "unit/naive.h"

namespace naive {

inline std::optional<Session::Specific> Session::covering(const Tool& tool, const Crossing& crossing) const {
    std::optional<Specific> best;
    const auto offer = [&](Specific found) {
        if (!best || found > *best) best = found;
    };
    switch (crossing.to) {
        case Crossing::To::kProgram:
            for (const Program& each : tool.programs)
                if (each.covers(crossing.name)) {
                    const bool pattern = each.folder || each.everything_below;
                    offer({pattern ? 0 : 1, static_cast<long>(each.path.size()) + (pattern ? 1 : 0), 0});
                }
            break;
        case Crossing::To::kEndpoint:
            for (const Endpoint& each : tool.endpoints)
                if (each.covers(crossing.address, crossing.port, crossing.udp))
                    offer({each.is_host ? 2 : 0, each.bits, -(each.last_port - each.first_port)});
            break;
        case Crossing::To::kHost:
            for (const Host& each : tool.hosts)
                if (each.covers(crossing.name, crossing.port))
                    offer({each.wildcard ? 1 : 2, each.wildcard ? static_cast<long>(each.name.size()) : 0,
                           -(each.last_port - each.first_port)});
            break;
        case Crossing::To::kListener:
            for (const Listen& each : tool.listens)
                if ((each.at != Listen::At::kOne || each.address == crossing.address) && each.first_port <= crossing.port &&
                    crossing.port <= each.last_port)
                    offer({each.at == Listen::At::kOne         ? 2
                           : each.at == Listen::At::kAllOfIpv4 ? 1
                                                               : 0,
                           0, -(each.last_port - each.first_port)});
            break;
        case Crossing::To::kSocket:
            for (const std::string& each : tool.sockets)
                if (each == crossing.name) offer({});
            break;
    }
    return best;
}

inline Session::Covered Session::find(const Crossing& crossing) const {
    Covered found;
    std::optional<Specific> best;
    for (const Tool& tool : policy_.tools) {
        const std::optional<Specific> how = covering(tool, crossing);
        if (!how) continue;
        found.all.push_back(&tool);
        if (!best || *how > *best) found.tied.clear();
        if (!best || *how >= *best) {
            found.tied.push_back(&tool);
            best = how;
        }
    }
    return found;
}

// Step 2: any tool that covers the object, or any of their labels; `after`: of what was seen. A socket that was let through before the mark
// is ended by a deny with `cut` alone.
inline const Deny* Session::denied(const std::vector<const Tool*>& covering, bool again, std::string& by) const {
    for (const Deny& deny : policy_.denies) {
        if (!deny.after.empty() && std::ranges::none_of(deny.after, [&](const std::string& mark) { return seen_.contains(mark); }))
            continue;
        if (again && !deny.after.empty() && !deny.cut) continue;
        for (const Tool* tool : covering)
            if (tool->name == deny.tool || (!deny.label.empty() && has(*tool, deny.label))) {
                by = tool->name;
                return &deny;
            }
    }
    return nullptr;
}

inline void Session::approve(const std::string& tool) {
    Given given;
    for (const Grant& grant : policy_.grants) {
        if (grant.tool != tool || !grant.approval) continue;
        given.once = grant.approval->scope == Approval::Scope::kOnce;
        if (grant.approval->scope == Approval::Scope::kTimed) given.until = now_ + grant.approval->lasts;
        break;
    }
    approved_[tool] = given;
}

inline bool Session::approved(const std::string& tool) const {
    const auto found = approved_.find(tool);
    return found != approved_.end() && (found->second.until < 0 || now_ < found->second.until);
}

inline std::string Session::failing(size_t number, bool again) const {
    const Grant& grant = policy_.grants[number];
    const auto seen = [&](const std::string& mark) { return seen_.contains(mark); };
    if (now_ < grant.from) return "NOT_YET";
    if (grant.until >= 0 && now_ >= grant.until) return "GRANT_EXPIRED";
    if (!again && !std::ranges::all_of(grant.only_after, seen)) return "ONLY_AFTER";
    if (std::ranges::any_of(grant.never_after, seen)) return "NEVER_AFTER";
    if (again) return "";
    if (grant.max_uses >= 0 && used_[number] >= grant.max_uses) return "MAX_USES";
    if (grant.rate_count >= 0 && window_[number].first == now_ / grant.rate_per && window_[number].second >= grant.rate_count)
        return "RATE";
    if (grant.approval && !approved(grant.tool)) return "APPROVAL";
    return "";
}

inline void Session::take(size_t number) {
    const Grant& grant = policy_.grants[number];
    used_[number]++;
    if (grant.rate_count >= 0) {
        if (window_[number].first != now_ / grant.rate_per) window_[number] = {now_ / grant.rate_per, 0};
        window_[number].second++;
    }
    if (grant.approval && approved_[grant.tool].once) approved_.erase(grant.tool);
}

inline void Session::see(const std::vector<const Tool*>& tools) {
    for (const Tool* tool : tools) {
        seen_.insert(tool->name);
        seen_.insert(tool->labels.begin(), tool->labels.end());
    }
}

// Steps 3 to 5. The most specific tools, the first declared first; a tool's grants in order.
inline Answer Session::judge_tools(const Covered& covered, bool again, bool takes) {
    std::optional<Answer> first, pending;
    for (const Tool* tool : covered.tied) {
        if (given_.contains(tool->name)) {
            if (takes) see(covered.tied);
            return {"ALLOW", "", tool->name};
        }
        for (size_t i = 0; i < policy_.grants.size(); i++) {
            if (policy_.grants[i].tool != tool->name) continue;
            const std::string reason = failing(i, again);
            if (reason.empty()) {
                if (takes) take(i);
                if (takes) see(covered.tied);
                return {"ALLOW", "", tool->name};
            }
            if (reason == "APPROVAL" && !rejected_.contains(tool->name)) {
                if (!pending) pending = Answer{"PENDING", reason, tool->name};
            } else if (!first) {
                first = Answer{"DENY", reason, tool->name};
            }
        }
    }
    if (pending) return *pending;
    return first ? *first : Answer{"DENY", "NOT_GRANTED", covered.tied.front()->name};
}

inline Answer Session::judge(const Crossing& crossing, bool again, bool takes) {
    // 1. The session's own standing, in every mode.
    if (revoked_) return {"DENY", "REVOKED", ""};
    if (policy_.lifetime >= 0 && now_ >= policy_.lifetime) return {"DENY", "EXPIRED", ""};
    const auto passing = [&](Answer answer) {
        answer.passes = answer.verdict == "ALLOW" || policy_.audit;
        return answer;
    };
    // 6. No tool covers it.
    const Covered covered = find(crossing);
    if (covered.all.empty()) return passing({policy_.otherwise_allow ? "ALLOW" : "DENY", "NO_TOOL", ""});
    // 2. Denies beat every grant.
    std::string by;
    if (const Deny* deny = denied(covered.all, again, by)) {
        const Answer answer{"DENY", "DENIED", by};
        return deny->always ? answer : passing(answer);
    }
    return passing(judge_tools(covered, again, takes));
}

inline Answer Session::cross(const Crossing& crossing) {
    return judge(crossing, false, true);
}

inline Answer Session::again(const Crossing& crossing) {
    return judge(crossing, true, false);
}

// It passes when a connect to one of the name's ports would, or would only wait for a person. Where no rule has the name: `otherwise`.
inline std::string Session::resolve(const std::string& name) {
    std::set<int> ports;
    for (const Tool& tool : policy_.tools)
        for (const Host& host : tool.hosts)
            for (int port : {host.first_port - 1, host.first_port, host.last_port, host.last_port + 1})
                ports.insert(std::clamp(port, 0, 65535));
    const auto at = [&](int port) { return Crossing{.to = Crossing::To::kHost, .name = name, .port = port}; };
    std::erase_if(ports, [&](int port) { return find(at(port)).all.empty(); });
    if (ports.empty()) ports.insert(0);
    std::string best = "DENY";
    for (int port : ports) {
        const std::string verdict = judge(at(port), false, false).verdict;
        if (verdict == "ALLOW" || (verdict == "PENDING" && best == "DENY")) best = verdict;
    }
    return best;
}

}  // namespace naive
