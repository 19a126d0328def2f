#include "session/own.h"

#include <algorithm>
#include <map>
#include <utility>

#include "policy/narrow.h"
#include "policy/renumber.h"
#include "policy/tables.h"

namespace remit::session {

namespace {

bool has_counter(const policy::Grant& grant) {
    return grant.max_uses != 0 || grant.rate_ns != 0;
}

// Grants with a counter, by the name of their tool and their place among its others.
using Counted = std::map<std::pair<std::string, size_t>, const policy::Grant*>;
Counted counted_grants(const policy::Policy& policy) {
    Counted counted;
    std::map<std::string, size_t> seen;
    for (const policy::Grant& grant : policy.grants) {
        const std::string& tool = policy.tools[grant.tool].name;
        if (has_counter(grant)) counted.emplace(std::pair(tool, seen[tool]++), &grant);
    }
    return counted;
}

bool knows(const policy::Policy& policy, const std::string& tool) {
    return policy.find_tool(tool) >= 0;
}

}  // namespace

Own own_of(const policy::Policy& policy) {
    const policy::Numbers numbers = policy::numbers_of(policy);
    Own own;
    own.tools = numbers.tools;
    own.labels = numbers.labels;
    for (const policy::Grant& grant : policy.grants) own.counters.push_back(grant.counter.value_or(grant.rule));
    own.next_counter = static_cast<uint32_t>(policy.rules.size());
    return own;
}

Result<std::optional<Own>> own_under(const policy::Policy& next, const policy::Policy& now, const Own& own) {
    policy::Policy renumbered = next;
    if (auto done = policy::renumber(renumbered, {own.tools, own.labels}); !done) return std::move(done).error();
    const policy::Numbers numbers = policy::numbers_of(renumbered);
    Own out;
    out.tools = numbers.tools;
    out.labels = numbers.labels;
    out.next_counter = own.next_counter;
    const Counted before = counted_grants(now);
    std::map<const policy::Grant*, uint32_t> goes_on;
    for (const auto& [place, grant] : counted_grants(next)) {
        const auto old = before.find(place);
        // Windows of another length have other numbers.
        if (old != before.end() && old->second->rate_ns == grant->rate_ns)
            goes_on[grant] = old->second->counter.value_or(old->second->rule);
    }
    bool plain = numbers == policy::numbers_of(next);
    for (const policy::Grant& grant : next.grants) {
        const auto found = goes_on.find(&grant);
        out.counters.push_back(found != goes_on.end() ? found->second : has_counter(grant) ? out.next_counter++ : grant.rule);
        plain = plain && out.counters.back() == grant.rule;
    }
    for (const OperatorGrant& grant : own.grants)
        if (knows(next, grant.tool)) out.grants.push_back(grant);
    if (plain && out.grants.empty()) return std::optional<Own>();
    return std::optional<Own>(std::move(out));
}

void add_grant(Own& own, OperatorGrant grant, uint64_t age_ns) {
    std::erase_if(own.grants, [&](const OperatorGrant& each) { return each.until_ns != 0 && each.until_ns <= age_ns; });
    grant.counter = own.next_counter++;
    own.grants.push_back(std::move(grant));
}

Result<void> apply_own(policy::Policy& policy, const Own& own) {
    if (auto done = policy::renumber(policy, {own.tools, own.labels}); !done) return done;
    for (size_t i = 0; i < policy.grants.size() && i < own.counters.size(); i++) policy.grants[i].counter = own.counters[i];
    for (const OperatorGrant& each : own.grants) {
        const int tool = policy.find_tool(each.tool);
        if (tool < 0) continue;
        const auto of_tool = std::ranges::count(policy.grants, static_cast<uint16_t>(tool), &policy::Grant::tool);
        if (of_tool >= REMIT_MAX_GRANTS_PER_TOOL)
            return Error{Code::kRefused, "tool \"" + each.tool + "\" has 8 grants already", "wait until one of them is over"};
        policy::Grant grant;
        grant.tool = static_cast<uint16_t>(tool);
        grant.rule = static_cast<uint16_t>(policy.rules.size());
        grant.until_ns = each.until_ns;
        grant.max_uses = each.max_uses;
        grant.counter = each.counter;
        policy.rules.push_back({each.text, {}});
        policy.grants.push_back(std::move(grant));
    }
    return {};
}

Result<std::shared_ptr<LoadedPolicy>> compile_own(const policy::Source& source, const Writer& writer, const std::optional<Own>& own,
                                                  const Within& within) {
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = compile(source, diagnostics);
    if (!loaded) return loaded;
    (*loaded)->writer = writer;
    if (!own) return loaded;
    if (auto applied = apply_own((*loaded)->policy, *own); !applied) return std::move(applied).error();
    for (const auto& below : within) {
        auto narrowed = policy::narrow((*loaded)->policy, below);
        if (!narrowed) return std::move(narrowed).error();
        (*loaded)->policy = *std::move(narrowed);
    }
    auto tables = policy::compile((*loaded)->policy);
    if (!tables) return std::move(tables).error();
    (*loaded)->tables = *std::move(tables);
    number_names(**loaded);
    return loaded;
}

}  // namespace remit::session
