#include "policy/model.h"

#include <algorithm>

#include "base/clock.h"

namespace remit::policy {

int Policy::find_tool(std::string_view tool) const {
    if (tool.empty()) return -1;  // tools whose name is in error have none
    for (size_t i = 0; i < tools.size(); i++)
        if (tools[i].name == tool) return static_cast<int>(i);
    return -1;
}

int Policy::find_mark(std::string_view mark) const {
    if (const int tool = find_tool(mark); tool >= 0) return tool;
    for (size_t i = 0; i < labels.size(); i++)
        if (labels[i] == mark) return static_cast<int>(REMIT_FIRST_LABEL + i);
    return -1;
}

const Approval* Policy::find_approval(uint16_t tool, uint16_t rule) const {
    const Approval* first = nullptr;
    for (const Grant& grant : grants) {
        if (grant.tool != tool || !grant.approval) continue;
        if (grant.rule == rule) return &*grant.approval;
        if (!first) first = &*grant.approval;
    }
    return first;
}

std::string scope_text(const Approval& approval) {
    switch (approval.scope) {
        case Approval::Scope::kOnce:
            return "once";
        case Approval::Scope::kSession:
            return "session";
        case Approval::Scope::kTimed:
            break;
    }
    return format_duration(approval.lasts_ns);
}

std::string scope_words(const Approval& approval) {
    if (approval.scope == Approval::Scope::kOnce) return "for one crossing";
    return approval.scope == Approval::Scope::kSession ? "for the session" : "for " + format_duration(approval.lasts_ns);
}

std::vector<std::string> Policy::program_patterns() const {
    std::vector<std::string> patterns;
    for (const Tool& tool : tools)
        for (const Program& program : tool.programs)
            if (program.pattern) patterns.push_back(program.pattern->text);
    return patterns;
}

std::vector<std::string> needs(const Policy& policy) {
    std::vector<std::string> needs;
    if (!policy.unix_any && !policy.unix_endpoints.empty()) needs.emplace_back("unix-sockets");
    if (!policy.unix_any && std::ranges::any_of(policy.unix_endpoints, &UnixEndpoint::number)) needs.emplace_back("unix-peers");
    if (std::ranges::any_of(policy.tools, [](const Tool& tool) { return !tool.listens.empty(); })) needs.emplace_back("listeners");
    if (policy.strict_code) needs.emplace_back("strict-code");
    if (policy.user_namespaces) needs.emplace_back("user-namespaces");
    return needs;
}

}  // namespace remit::policy
