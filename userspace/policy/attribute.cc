#include "policy/attribute.h"

#include <netinet/in.h>

#include <algorithm>

namespace remit::policy {
namespace {

// Collects what covers, and keeps the most specific on top.
class Best {
public:
    explicit Best(const Policy& policy) : policy_(policy) {}

    void add(uint16_t tool, const Specificity& specificity) {
        add_mark(toolset_.covers, tool);
        if (any_ && specificity < best_) return;
        if (!any_ || specificity > best_) {
            std::ranges::fill(toolset_.best, 0);
            toolset_.labels = 0;
        }
        any_ = true;
        best_ = specificity;
        add_mark(toolset_.best, tool);
        toolset_.labels |= policy_.tools[tool].labels;
    }
    const remit_toolset& toolset() const { return toolset_; }
    bool is_best(const Specificity& specificity) const { return any_ && specificity == best_; }

private:
    const Policy& policy_;
    remit_toolset toolset_{};
    Specificity best_{};
    bool any_ = false;
};

std::string describe(const Endpoint& endpoint, Ports ports) {
    std::string text = endpoint.exact_host ? "exact host " + format_address(endpoint.prefix.address) : format_prefix(endpoint.prefix);
    if (ports == Ports{}) return text + ", all ports";
    if (ports.first == ports.last) return text + " port " + std::to_string(ports.first);
    return text + " ports " + std::to_string(ports.first) + "-" + std::to_string(ports.last);
}

Attribution finish(const Policy& policy, std::vector<Covering> coverings) {
    Best best(policy);
    for (const Covering& covering : coverings) best.add(covering.tool, covering.specificity);
    for (Covering& covering : coverings) covering.best = best.is_best(covering.specificity);
    std::ranges::stable_sort(coverings, [](const Covering& a, const Covering& b) { return a.specificity > b.specificity; });
    return {best.toolset(), std::move(coverings)};
}

}  // namespace

Attribution attribute_program(const Policy& policy, std::string_view path) {
    std::vector<Covering> coverings;
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++) {
        for (const Program& program : policy.tools[tool].programs) {
            if (!program.pattern.matches(path)) continue;
            const std::string why = (program.pattern.exact ? "exact path " : "below a folder, ") + program.pattern.text;
            coverings.push_back({tool, specificity_of(program.pattern), false, why, program.position});
        }
    }
    return finish(policy, std::move(coverings));
}

Attribution attribute_endpoint(const Policy& policy, const Target& target) {
    std::vector<Covering> coverings;
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++) {
        for (const Endpoint& endpoint : policy.tools[tool].endpoints) {
            if (target.protocol == IPPROTO_TCP ? !endpoint.tcp : !endpoint.udp) continue;
            if (!endpoint.prefix.covers(target.address)) continue;
            for (const Ports& ports : endpoint.ports) {
                if (!ports.has(target.port)) continue;
                const Specificity specificity = specificity_of(endpoint.exact_host, endpoint.prefix.bits, ports);
                coverings.push_back({tool, specificity, false, describe(endpoint, ports), endpoint.position});
            }
        }
    }
    return finish(policy, std::move(coverings));
}

remit_toolset program_toolset(const Policy& policy, const std::vector<std::string>& paths) {
    Best best(policy);
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++)
        for (const Program& program : policy.tools[tool].programs)
            for (const std::string& path : paths)
                if (program.pattern.matches(path)) best.add(tool, specificity_of(program.pattern));
    return best.toolset();
}

remit_toolset program_toolset(const Policy& policy, std::string_view path) {
    return program_toolset(policy, std::vector<std::string>{std::string(path)});
}

}  // namespace remit::policy
