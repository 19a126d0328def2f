// How many tools can be tied over one object: the kernel looks at REMIT_MAX_TIED of them and no more.
#include <bit>
#include <map>
#include <set>
#include <tuple>

#include "policy/draft.h"

namespace remit::policy {
namespace {

// An unconditional grant decides at once; behind it nothing is looked at.
bool decided_in_time(const remit_tables& head, const __u64* best) {
    int looked_at = 0;
    for (uint32_t tool = 0; tool < REMIT_MAX_TOOLS; tool++) {
        if (!has_mark(best, tool)) continue;
        if (has_mark(head.granted, tool)) return looked_at < REMIT_MAX_TIED;
        if (has_mark(head.conditional, tool)) looked_at++;
    }
    return looked_at <= REMIT_MAX_TIED;
}

uint32_t last_of(const __u64* tools) {
    for (uint32_t tool = REMIT_MAX_TOOLS; tool-- > 0;)
        if (has_mark(tools, tool)) return tool;
    return 0;
}

void refuse(Draft& draft, const __u64* best, std::set<uint32_t>& said) {
    const uint32_t tool = last_of(best);
    if (said.insert(tool).second)
        draft.error(draft.policy.tools[tool].position, "too-many-tied",
                    "more than 8 tools with conditional grants cover the same object equally closely, \"" + draft.policy.tools[tool].name +
                        "\" among them",
                    "let fewer tools share it, or make one of them more specific");
}

}  // namespace

void check_ties(Draft& draft, const Tables& tables) {
    std::set<uint32_t> said;
    each_toolset(draft.policy, tables, [&](const remit_toolset& toolset) {
        if (count_tools(toolset.best) > REMIT_MAX_TIED && !decided_in_time(tables.head, toolset.best)) refuse(draft, toolset.best, said);
    });
    // Which programs there are is the host's to say: rules that are equally specific may meet, those of the same content too. Rules of
    // kinds never meet those of none.
    std::map<std::tuple<bool, bool, std::string>, std::array<__u64, REMIT_TOOL_WORDS>> alike;
    for (uint32_t tool = 0; tool < draft.policy.tools.size(); tool++) {
        for (const Program& program : draft.policy.tools[tool].programs) {
            const bool exact = program.pattern && program.pattern->exact;
            const std::string begin = program.pattern ? program.pattern->text.substr(0, program.pattern->fixed) : "";
            if (program.pattern || !program.sha256) add_mark(alike[{program.kinds, exact, begin}].data(), tool);
            if (program.sha256) add_mark(alike[{program.kinds, true, hex(*program.sha256)}].data(), tool);
        }
    }
    for (const auto& [rule, tools] : alike)
        if (!decided_in_time(tables.head, tools.data())) refuse(draft, tools.data(), said);
}

}  // namespace remit::policy
