#include "policy/compare.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/text.h"
#include "base/words.h"
#include "policy/names.h"
#include "policy/phrases.h"

namespace remit::policy {
namespace {

using Kind = Difference::Kind;

// How far a tool is open, from closed to open.
enum class Standing { kRefused, kPending, kConditional, kGranted };

Standing standing(const Policy& policy, uint16_t tool) {
    const std::string_view word = standing_of(policy, tool);
    if (word == "granted") return Standing::kGranted;
    if (word != "conditional") return Standing::kRefused;
    const bool asks =
        std::ranges::all_of(policy.grants, [&](const Grant& grant) { return grant.tool != tool || grant.approval.has_value(); });
    return asks ? Standing::kPending : Standing::kConditional;
}

// "granted", "granted from 1m, only after repo; or …", "denied", "not granted".
std::string standing_in_words(const Policy& policy, uint16_t tool) {
    std::string word(standing_of(policy, tool));
    if (word != "conditional") return word;
    std::vector<std::string> grants;
    for (const Grant& grant : policy.grants)
        if (grant.tool == tool) grants.push_back(conditions_in_words(policy, grant));
    return "granted " + join(grants, "; or ");
}

Kind kind_of(Standing before, Standing after) {
    if (after == before) return Kind::kOther;
    if (after == Standing::kPending) return Kind::kPending;
    return after > before ? Kind::kAllowed : Kind::kRefused;
}

// What something more under a tool becomes.
Kind kind_of_more(Standing standing) {
    if (standing == Standing::kRefused) return Kind::kOther;
    return standing == Standing::kPending ? Kind::kPending : Kind::kAllowed;
}

std::set<std::string> covers(const Policy& policy, uint16_t tool) {
    const std::vector<std::string> words = covers_in_words(policy, tool);
    return {words.begin(), words.end()};
}

std::vector<std::string> without(const std::set<std::string>& all, const std::set<std::string>& others) {
    std::vector<std::string> rest;
    std::ranges::set_difference(all, others, std::back_inserter(rest));
    return rest;
}

std::string labels_of(const Policy& policy, uint16_t tool) {
    std::vector<std::string> names;
    for (uint32_t i = 0; i < policy.labels.size(); i++)
        if (policy.tools[tool].labels >> i & 1) names.push_back(policy.labels[i]);
    std::ranges::sort(names);
    return names.empty() ? "none" : join(names, ", ");
}

class Comparison {
public:
    Comparison(const Policy& before, const Policy& after) : before_(before), after_(after) {}

    std::vector<Difference> run() {
        for (uint16_t tool = 0; tool < after_.tools.size(); tool++) look_at(tool);
        for (uint16_t tool = 0; tool < before_.tools.size(); tool++)
            if (after_.find_tool(before_.tools[tool].name) < 0) gone(tool);
        look_at_denies();
        look_at_head();
        std::ranges::stable_sort(found_, {}, &Difference::kind);
        return std::move(found_);
    }

private:
    void add(Kind kind, std::string text) { found_.push_back({kind, std::move(text)}); }

    void look_at(uint16_t tool) {
        const std::string name = "tool " + after_.tools[tool].name;
        const int old = before_.find_tool(after_.tools[tool].name);
        const Standing now = standing(after_, tool);
        if (old < 0) {
            const Kind kind = now == Standing::kRefused && before_.otherwise == REMIT_OTHERWISE_ALLOW ? Kind::kRefused : kind_of_more(now);
            add(kind, name + " is new, " + standing_in_words(after_, tool) + ": " + join(covers_in_words(after_, tool), ", "));
            return;
        }
        const auto number = static_cast<uint16_t>(old);
        const Standing was = standing(before_, number);
        const std::string was_words = standing_in_words(before_, number), now_words = standing_in_words(after_, tool);
        if (was_words != now_words) add(kind_of(was, now), name + " is " + now_words + ", was " + was_words);
        const auto was_covered = covers(before_, number), now_covered = covers(after_, tool);
        for (const std::string& each : without(now_covered, was_covered)) add(kind_of_more(now), name + " also covers " + each);
        for (const std::string& each : without(was_covered, now_covered))
            add(was == Standing::kRefused ? Kind::kOther : Kind::kRefused, name + " no longer covers " + each);
        if (labels_of(before_, number) != labels_of(after_, tool))
            add(Kind::kOther, name + " gives the labels " + labels_of(after_, tool) + ", was " + labels_of(before_, number));
    }

    void gone(uint16_t tool) {
        const bool was_refused = standing(before_, tool) == Standing::kRefused;
        const bool opens = was_refused && after_.otherwise == REMIT_OTHERWISE_ALLOW;
        add(opens         ? Kind::kAllowed
            : was_refused ? Kind::kOther
                          : Kind::kRefused,
            "tool " + before_.tools[tool].name + " is gone, was " + standing_in_words(before_, tool) + ": " +
                join(covers_in_words(before_, tool), ", "));
    }

    static std::set<std::string> denies_of(const Policy& policy) {
        std::set<std::string> denies;
        for (const Deny& deny : policy.denies) {
            const std::string when = deny_in_words(policy, deny);
            denies.insert("deny of " + join(denied_tools(policy, deny), ", ") + (when.empty() ? "" : " " + when));
        }
        return denies;
    }

    void look_at_denies() {
        const auto was = denies_of(before_), now = denies_of(after_);
        for (const std::string& each : without(now, was)) add(Kind::kRefused, "new " + each);
        for (const std::string& each : without(was, now)) add(Kind::kAllowed, "gone: " + each);
    }

    void look_at_flag(bool was, bool now, const std::string& field, Kind when_true, Kind when_false) {
        if (was != now) add(now ? when_true : when_false, field + " is " + (now ? "true" : "false"));
    }

    void look_at_head() {
        if (before_.mode != after_.mode) {
            const Kind kind = after_.mode == REMIT_ENFORCE ? Kind::kRefused : before_.mode == REMIT_ENFORCE ? Kind::kAllowed : Kind::kOther;
            add(kind, "mode is " + std::string(mode_word(after_.mode)) + ", was " + std::string(mode_word(before_.mode)));
        }
        if (before_.otherwise != after_.otherwise)
            add(after_.otherwise == REMIT_OTHERWISE_ALLOW ? Kind::kAllowed : Kind::kRefused,
                std::string("what no tool covers is ") + (after_.otherwise == REMIT_OTHERWISE_ALLOW ? "allowed" : "refused"));
        look_at_lifetime();
        look_at_flag(before_.strict_code, after_.strict_code, "strict_code", Kind::kRefused, Kind::kAllowed);
        look_at_flag(before_.user_namespaces, after_.user_namespaces, "user_namespaces", Kind::kAllowed, Kind::kRefused);
        look_at_flag(before_.unix_any, after_.unix_any, "unix: ANY", Kind::kAllowed, Kind::kRefused);
        look_at_flag(before_.degrade, after_.degrade, "degrade", Kind::kOther, Kind::kOther);
        look_at_flag(before_.refuse_on_audit_failure, after_.refuse_on_audit_failure, "on_audit_failure: REFUSE", Kind::kOther,
                     Kind::kOther);
    }

    void look_at_lifetime() {
        const uint64_t was = before_.lifetime_ns, now = after_.lifetime_ns;
        if (was == now) return;
        const auto words = [](uint64_t ns) { return ns ? format_duration(ns) : "without end"; };
        const bool longer = now == 0 || (was != 0 && now > was);
        add(longer ? Kind::kAllowed : Kind::kRefused, "the lifetime is " + words(now) + ", was " + words(was));
    }

    const Policy& before_;
    const Policy& after_;
    std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> compare(const Policy& before, const Policy& after) {
    return Comparison(before, after).run();
}

}  // namespace remit::policy
