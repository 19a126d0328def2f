// What covers an object, and the most specific of it on top (POLICY.md step 3). Used by the attribute*.cc only.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "policy/attribute.h"

namespace remit::policy {

class Best {
public:
    explicit Best(const Policy& policy) : policy_(policy) {}

    // Covers, and gives nothing: for denies alone.
    void cover(uint16_t tool) { add_mark(covers_.data(), tool); }

    // bar: enum remit_reason, why the rule gives nothing away; 0: nothing bars it.
    void add(uint16_t tool, const Specificity& specificity, uint32_t bar = 0) {
        cover(tool);
        if (any_ && specificity < best_) return;
        if (!any_ || specificity > best_) {
            open_ = barred_ = {};
            bar_ = 0;
        }
        any_ = true;
        best_ = specificity;
        add_mark(bar ? barred_.data() : open_.data(), tool);
        if (bar) bar_ = bar_ ? std::min(bar_, bar) : bar;
    }

    // Of equally specific rules the barred ones count only when all are.
    remit_toolset toolset() const {
        remit_toolset toolset{};
        const bool open = open_ != Tools{};
        std::ranges::copy(covers_, toolset.covers);
        std::ranges::copy(open ? open_ : barred_, toolset.best);
        if (!open) toolset.bar = bar_;
        for (uint32_t tool = 0; tool < policy_.tools.size(); tool++)
            if (has_mark(toolset.best, tool)) toolset.labels |= policy_.tools[tool].labels;
        return toolset;
    }
    bool is_best(const Specificity& specificity) const { return any_ && specificity == best_; }

private:
    using Tools = std::array<__u64, REMIT_TOOL_WORDS>;

    const Policy& policy_;
    Tools covers_{};
    Tools open_{};
    Tools barred_{};
    Specificity best_{};
    uint32_t bar_ = 0;
    bool any_ = false;
};

inline Attribution finish(const Policy& policy, std::vector<Covering> coverings) {
    Best best(policy);
    for (const Covering& covering : coverings) best.add(covering.tool, covering.specificity, covering.bar);
    Attribution out{best.toolset(), std::move(coverings)};
    for (Covering& covering : out.coverings) covering.best = best.is_best(covering.specificity) && (!covering.bar || out.toolset.bar);
    std::ranges::stable_sort(out.coverings, [](const Covering& a, const Covering& b) { return a.specificity > b.specificity; });
    return out;
}

}  // namespace remit::policy
