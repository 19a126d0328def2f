// Programs, by their paths, kind and content.
#include "policy/attribute.h"

#include <algorithm>

#include "policy/best.h"
#include "policy/narrow.h"

namespace remit::policy {
namespace {

struct Met {
    Specificity specificity;
    uint32_t bar = 0;
};

bool is_at(const Program& program, const std::vector<std::string>& paths) {
    return !program.pattern || std::ranges::any_of(paths, [&](const std::string& path) { return program.pattern->matches(path); });
}

// How a rule meets a program, whatever its kind. A rule of a content alone does not meet another content; one with a path does, and is
// barred: the author said what has to be there.
std::optional<Met> meet(const Tool& tool, const Program& program, const ProgramFacts& facts) {
    if (!is_at(program, facts.paths)) return std::nullopt;
    const bool same_content = program.sha256 && facts.sha256 == program.sha256;
    const bool mismatch = program.sha256 && !same_content;
    if (mismatch && !program.pattern) return std::nullopt;
    Met met{specificity_of(program, same_content)};
    if (facts.writable_by_session && !tool.writable)
        met.bar = REMIT_REASON_WRITABLE;
    else if (mismatch)
        met.bar = REMIT_REASON_HASH_MISMATCH;
    return met;
}

// Of the best tools, one that nothing bars says that the session may write the program.
uint16_t flags_of(const Policy& policy, const remit_toolset& toolset) {
    if (toolset.bar) return 0;
    for (uint32_t tool = 0; tool < policy.tools.size(); tool++)
        if (policy.tools[tool].writable && has_mark(toolset.best, tool)) return REMIT_MAY_BE_WRITTEN;
    return 0;
}

bool is_denied(const Policy& policy, uint32_t tool) {
    return std::ranges::any_of(policy.denies, [&](const Deny& deny) { return has_mark(deny.tools.data(), tool); });
}

// A deny reaches programs of every kind at the paths of its tools, though the grant of such a tool gives only the kinds it names.
template <typename Found>
void each_rule(const Policy& policy, const ProgramFacts& facts, Best& best, Found found) {
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++) {
        for (const Program& program : policy.tools[tool].programs) {
            const bool fits = program.fits(facts.kinds);
            if (!fits && !(program.pattern && is_denied(policy, tool))) continue;
            const std::optional<Met> met = meet(policy.tools[tool], program, facts);
            if (!met) continue;
            if (!fits)
                best.cover(tool);
            else
                found(tool, program, *met);
        }
    }
}

std::string describe(const Program& program, const Met& met) {
    std::string text;
    for (const auto& [kind, word] :
         {std::pair{kAnonymous, "without a name"}, {kLoader, "a loader"}, {kSetId, "set-id"}, {kForeign, "on a foreign file system"}})
        if (program.kinds & kind) text += (text.empty() ? "" : " or ") + std::string(word);
    if (program.pattern)
        text +=
            (text.empty() ? "" : ", ") + std::string(program.pattern->exact ? "exact path " : "below a folder, ") + program.pattern->text;
    if (program.sha256)
        text += (text.empty() ? "" : ", ") + std::string(met.bar == REMIT_REASON_HASH_MISMATCH ? "another content" : "its content");
    return text;
}

}  // namespace

Attribution attribute_program(const Policy& policy, const ProgramFacts& facts) {
    std::vector<Covering> coverings;
    Best best(policy);
    each_rule(policy, facts, best, [&](uint16_t tool, const Program& program, const Met& met) {
        best.add(tool, met.specificity, met.bar);
        coverings.push_back({tool, met.specificity, false, describe(program, met), program.position, met.bar});
    });
    Attribution out = finish(policy, std::move(coverings));
    out.toolset = best.toolset();
    out.toolset.flags = flags_of(policy, out.toolset);
    return out;
}

remit_toolset program_toolset(const Policy& policy, const ProgramFacts& facts) {
    Best best(policy);
    each_rule(policy, facts, best, [&](uint16_t tool, const Program&, const Met& met) { best.add(tool, met.specificity, met.bar); });
    remit_toolset toolset = best.toolset();
    toolset.flags = flags_of(policy, toolset);
    if (facts.kinds & kLoader) {
        ProgramFacts mapped = facts;
        mapped.kinds &= ~kLoader;
        const remit_toolset plain = program_toolset(policy, mapped);
        if (std::ranges::any_of(plain.covers, [](uint64_t word) { return word != 0; })) toolset.flags |= REMIT_MAY_BE_MAPPED;
    }
    bar(policy, toolset, [&](const Policy& within) { return program_toolset(within, facts); });
    return toolset;
}

remit_toolset program_toolset(const Policy& policy, const std::vector<std::string>& paths) {
    return program_toolset(policy, ProgramFacts{.paths = paths});
}

remit_toolset program_toolset(const Policy& policy, std::string_view path) {
    return program_toolset(policy, ProgramFacts{.paths = {std::string(path)}});
}

bool wants_hash(const Policy& policy, const std::vector<std::string>& paths) {
    for (const Tool& tool : policy.tools)
        for (const Program& program : tool.programs)
            if (program.sha256 && is_at(program, paths)) return true;
    return std::ranges::any_of(policy.within, [&](const auto& within) { return wants_hash(*within, paths); });
}

ProgramFacts expected_program(const Policy& policy, std::string_view path) {
    ProgramFacts facts{.paths = {std::string(path)}};
    Specificity best{};
    for (const Tool& tool : policy.tools) {
        for (const Program& program : tool.programs) {
            if (!program.sha256 || !program.pattern || !program.fits(0) || !program.pattern->matches(path)) continue;
            const Specificity specificity = specificity_of(program, true);
            if (facts.sha256 && specificity <= best) continue;
            facts.sha256 = program.sha256;
            best = specificity;
        }
    }
    return facts;
}

}  // namespace remit::policy
