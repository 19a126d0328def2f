#include "policy/narrow.h"

#include <algorithm>

#include "policy/rules.h"

namespace remit::policy {
namespace {

uint64_t shorter(uint64_t a, uint64_t b) {
    return a == 0 ? b : b == 0 ? a : std::min(a, b);
}

Error has_conditions(const Policy& policy, uint16_t rule) {
    return Error{Code::kRefused, policy.rules[rule].text + " of policy " + policy.name + " has conditions",
                 "a policy for sessions below another has plain grants and denies; conditions are those of the policy above"};
}

}  // namespace

Result<Policy> narrow(Policy above, std::shared_ptr<const Policy> below) {
    for (const Grant& grant : below->grants)
        if (!grant.unconditional()) return has_conditions(*below, grant.rule);
    for (const Deny& deny : below->denies)
        if (deny.after != Marks{}) return has_conditions(*below, deny.rule);
    above.name = below->name;
    above.version = below->version;
    above.about = below->about;
    if (above.mode != below->mode) above.mode = REMIT_ENFORCE;
    above.lifetime_ns = shorter(above.lifetime_ns, below->lifetime_ns);
    above.refuse_on_audit_failure |= below->refuse_on_audit_failure;
    above.strict_code |= below->strict_code;
    above.user_namespaces &= below->user_namespaces;
    above.unix_any &= below->unix_any;
    above.children = below->children;
    above.within.push_back(std::move(below));
    return above;
}

uint32_t bar_of(const Policy& within, const remit_toolset& toolset) {
    const auto covered = [&](const Deny& deny) { return remit_any_tool(deny.tools.data(), toolset.covers); };
    if (remit_no_tool(toolset.covers) && within.otherwise == REMIT_OTHERWISE_ALLOW) return 0;
    if (remit_no_tool(toolset.covers)) return REMIT_REASON_NO_TOOL;
    if (std::ranges::any_of(within.denies, covered)) return REMIT_REASON_DENIED;
    const auto granted = [&](const Grant& grant) { return has_mark(toolset.best, grant.tool); };
    if (std::ranges::none_of(within.grants, granted)) return REMIT_REASON_NOT_GRANTED;
    return toolset.bar;
}

}  // namespace remit::policy
