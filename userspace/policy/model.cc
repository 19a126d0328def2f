#include "policy/model.h"

#include <algorithm>

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
