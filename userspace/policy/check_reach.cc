// Rules that can never do anything: grants behind a deny or an unconditional twin, circles of only_after, denies that wait for what no
// session can see. Written by mistake, they look like protection or permission that is not there.
#include <algorithm>
#include <bit>
#include <map>

#include "policy/draft.h"
#include "policy/names.h"

namespace remit::policy {
namespace {

using Tools = std::array<__u64, REMIT_TOOL_WORDS>;

void check_shadowed(Draft& draft) {
    for (const Grant& grant : draft.policy.grants) {
        for (const Deny& deny : draft.policy.denies) {
            if (deny.after != Marks{} || !has_mark(deny.tools.data(), grant.tool)) continue;
            draft.error(grant.position, "shadowed-grant",
                        "the grant of \"" + draft.policy.tools[grant.tool].name + "\" does nothing: " + draft.policy.rules[deny.rule].text +
                            " takes it away",
                        "leave out the grant, or say when the deny bites with after: \"…\"");
            break;
        }
    }
}

void check_dead(Draft& draft) {
    std::vector<const Grant*> unconditional(draft.policy.tools.size());
    for (const Grant& grant : draft.policy.grants)
        if (!unconditional[grant.tool] && grant.unconditional() && !draft.partial_rules.contains(grant.rule))
            unconditional[grant.tool] = &grant;
    for (const Grant& grant : draft.policy.grants) {
        const Grant* twin = unconditional[grant.tool];
        if (!twin || twin == &grant) continue;
        draft.error(grant.position, "dead-grant",
                    "the conditions of this grant mean nothing: " + draft.policy.rules[twin->rule].text + " has none",
                    "one of the two is enough");
    }
}

// What a session can come to see at all.
class Reach {
public:
    Reach(const Draft& draft, const Tables& tables) : policy_(draft.policy), tied_(draft.policy.tools.size()) {
        each_toolset(policy_, tables, [&](const remit_toolset& toolset) {
            if (count_tools(toolset.best) < 2) return;
            for (uint32_t tool = 0; tool < policy_.tools.size(); tool++)
                if (has_mark(toolset.best, tool))
                    for (int i = 0; i < REMIT_TOOL_WORDS; i++) tied_[tool][i] |= toolset.best[i];
        });
        for (const Deny& deny : policy_.denies)
            if (deny.after == Marks{})
                for (int i = 0; i < REMIT_TOOL_WORDS; i++) denied_[i] |= deny.tools[i];
        for (bool more = true; more;) {
            more = false;
            for (const Grant& grant : policy_.grants) more |= open(grant) && gain(grant.tool);
        }
    }

    bool sees(uint32_t mark) const { return has_mark(seen_.data(), mark); }
    bool sees_any(const Marks& marks) const {
        for (int i = 0; i < REMIT_MARK_WORDS; i++)
            if (marks[i] & seen_[i]) return true;
        return false;
    }
    // The tools that could give a mark.
    std::vector<uint32_t> givers(uint32_t mark) const {
        std::vector<uint32_t> tools;
        for (uint32_t tool = 0; tool < policy_.tools.size(); tool++)
            if (tool == mark || (mark >= REMIT_FIRST_LABEL && policy_.tools[tool].labels >> (mark - REMIT_FIRST_LABEL) & 1))
                tools.push_back(tool);
        return tools;
    }

private:
    bool open(const Grant& grant) const {
        if (has_mark(denied_.data(), grant.tool) || sees(grant.tool)) return false;
        for (int i = 0; i < REMIT_MARK_WORDS; i++)
            if (grant.only_after[i] & ~seen_[i]) return false;
        return true;
    }

    // Tools that are tied with an allowed one are seen with it.
    bool gain(uint32_t tool) {
        add_mark(seen_.data(), tool);
        seen_[REMIT_TOOL_WORDS] |= policy_.tools[tool].labels;
        for (uint32_t other = 0; other < policy_.tools.size(); other++)
            if (has_mark(tied_[tool].data(), other) && !sees(other)) gain(other);
        return true;
    }

    const Policy& policy_;
    std::vector<Tools> tied_;
    Tools denied_{};
    Marks seen_{};
};

// Walks from a tool that can never be allowed to what its grants wait for, and finds whether that leads back to it.
class CycleSearch {
public:
    CycleSearch(const Policy& policy, const Reach& reach) : policy_(policy), reach_(reach), visited_(policy.tools.size()) {}

    // The tools of the circle, from the first back to it; empty when there is none.
    std::vector<uint32_t> from(uint32_t tool) {
        visited_.assign(visited_.size(), false);
        path_.clear();
        return walk(tool, tool) ? path_ : std::vector<uint32_t>{};
    }

private:
    bool walk(uint32_t tool, uint32_t goal) {
        visited_[tool] = true;
        path_.push_back(tool);
        for (const Grant& grant : policy_.grants) {
            if (grant.tool != tool) continue;
            for (uint32_t mark = 0; mark < REMIT_FIRST_LABEL + REMIT_MAX_LABELS; mark++) {
                if (!has_mark(grant.only_after.data(), mark) || reach_.sees(mark)) continue;
                for (uint32_t giver : reach_.givers(mark)) {
                    if (giver == goal) {
                        path_.push_back(goal);
                        return true;
                    }
                    if (!visited_[giver] && walk(giver, goal)) return true;
                }
            }
        }
        path_.pop_back();
        return false;
    }

    const Policy& policy_;
    const Reach& reach_;
    std::vector<bool> visited_;
    std::vector<uint32_t> path_;
};

std::string circle_text(const Policy& policy, const std::vector<uint32_t>& circle) {
    std::string text;
    for (size_t i = 0; i < circle.size(); i++) text += (i ? " → " : "") + policy.tools[circle[i]].name;
    return text;
}

void check_waiting(Draft& draft, const Reach& reach) {
    const Policy& policy = draft.policy;
    CycleSearch cycles(policy, reach);
    std::map<uint16_t, std::vector<uint32_t>> circles;
    const pb::Policy& source = draft.files[0]->policy;
    for (int i = 0; i < source.grant_size(); i++) {
        const Position position = draft.root(0).in("grant", i).at("only_after");
        const auto grant = std::ranges::find(policy.grants, draft.root(0).in("grant", i).here(), &Grant::position);
        if (grant == policy.grants.end() || reach.sees(grant->tool)) continue;
        uint32_t waits_for = 0;
        while (waits_for < REMIT_FIRST_LABEL + REMIT_MAX_LABELS &&
               (!has_mark(grant->only_after.data(), waits_for) || reach.sees(waits_for)))
            waits_for++;
        if (waits_for == REMIT_FIRST_LABEL + REMIT_MAX_LABELS) continue;
        if (!circles.contains(grant->tool)) circles[grant->tool] = cycles.from(grant->tool);
        const std::vector<uint32_t>& circle = circles[grant->tool];
        if (!circle.empty())
            draft.error(position, "only-after-cycle", "each waits for the other: " + circle_text(policy, circle),
                        "one of them comes first");
        else
            draft.warn(position, "never-seen", "no grant lets a session see \"" + mark_name(policy, waits_for) + "\"",
                       "the grant holds only after someone grants that by hand");
    }
}

void check_never_matching(Draft& draft, const Reach& reach) {
    const pb::Policy& source = draft.files[0]->policy;
    for (int i = 0; i < source.deny_size(); i++) {
        const Place place = draft.root(0).in("deny", i);
        const auto deny = std::ranges::find(draft.policy.denies, place.here(), &Deny::position);
        if (deny == draft.policy.denies.end() || deny->after == Marks{} || reach.sees_any(deny->after)) continue;
        draft.error(place.at("after"), "deny-never-matches", "no grant lets a session see what this deny waits for",
                    "leave out after to deny at once, or name what the policy grants");
    }
}

}  // namespace

void check_reach(Draft& draft, const Tables& tables) {
    check_shadowed(draft);
    check_dead(draft);
    const Reach reach(draft, tables);
    check_waiting(draft, reach);
    check_never_matching(draft, reach);
}

}  // namespace remit::policy
