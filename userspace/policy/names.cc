#include "policy/names.h"

#include <algorithm>

#include "base/clock.h"
#include "policy/rules.h"

namespace remit::policy {
std::string tool_name(const Policy& policy, uint32_t tool) {
    return tool < policy.tools.size() ? policy.tools[tool].name : "";
}

std::string mark_name(const Policy& policy, uint32_t mark) {
    if (mark < REMIT_FIRST_LABEL) return tool_name(policy, mark);
    const uint32_t label = mark - REMIT_FIRST_LABEL;
    return label < policy.labels.size() ? policy.labels[label] : "";
}

std::vector<std::string> mark_names(const Policy& policy, const __u64* words) {
    std::vector<std::string> names = tool_names(policy, words);
    for (uint32_t i = 0; i < policy.labels.size(); i++)
        if (has_mark(words, REMIT_FIRST_LABEL + i)) names.push_back(policy.labels[i]);
    return names;
}

std::vector<std::string> tool_names(const Policy& policy, const __u64* words) {
    std::vector<std::string> names;
    for (uint32_t i = 0; i < policy.tools.size(); i++)
        if (has_mark(words, i)) names.push_back(policy.tools[i].name);
    return names;
}

// A bar of Policy::within: the policy itself would say otherwise with these reasons.
static bool is_barred(const Policy& policy, uint16_t tool, uint16_t rule, uint8_t reason) {
    if (policy.within.empty()) return false;
    if (reason == REMIT_REASON_DENIED) return std::ranges::find(policy.denies, rule, &Deny::rule) == policy.denies.end();
    return reason == REMIT_REASON_NOT_GRANTED || (reason == REMIT_REASON_NO_TOOL && tool < policy.tools.size());
}

std::string rule_text(const Policy& policy, uint16_t tool, uint16_t rule, uint8_t reason) {
    if (is_barred(policy, tool, rule, reason)) return "not granted by policy " + policy.name;
    if (rule < policy.rules.size()) {
        const auto deny = std::ranges::find(policy.denies, rule, &Deny::rule);
        const bool says_why = deny != policy.denies.end() && !deny->reason.empty();
        return policy.rules[rule].text + (says_why ? ": " + deny->reason : "");
    }
    if (reason == REMIT_REASON_EXPIRED) return "lifetime " + format_duration(policy.lifetime_ns);
    if (reason == REMIT_REASON_NO_TOOL) return policy.otherwise_text;
    if (tool >= policy.tools.size()) return "";
    for (const Grant& grant : policy.grants)
        if (grant.tool == tool && grant.unconditional()) return policy.rules[grant.rule].text;
    return "no grant for " + policy.tools[tool].name;
}

std::string_view standing_of(const Policy& policy, uint16_t tool) {
    for (const Deny& deny : policy.denies)
        if (has_mark(deny.tools.data(), tool) && deny.after == Marks{}) return "denied";
    bool granted = false;
    for (const Grant& grant : policy.grants) {
        if (grant.tool != tool) continue;
        if (grant.unconditional()) return "granted";
        granted = true;
    }
    return granted ? "conditional" : "not granted";
}

}  // namespace remit::policy
