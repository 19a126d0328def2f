#include "policy/simulate.h"

#include "policy/attribute.h"
#include "policy/hosts.h"
#include "policy/tables.h"

namespace remit::policy {
namespace {

// Any boot time will do, as long as it is not 0: 0 means "never" in expires_ns.
constexpr uint64_t kStartNs = 1'000'000'000;

}  // namespace

Simulation::Simulation(const Policy& policy, const Tables& tables)
    : policy_(policy), tables_(tables), rules_{&tables, &uses_}, now_ns_(kStartNs) {
    session_.id = 1;
    session_.state = REMIT_ARMED;
    session_.start_ns = kStartNs;
    session_.expires_ns = policy.lifetime_ns ? kStartNs + policy.lifetime_ns : 0;
}

remit_case Simulation::now() const {
    return {.rules = &rules_, .now_ns = now_ns_, .tables = 0, .occasion = REMIT_FIRST_USE};
}

remit_verdict Simulation::decide(const remit_toolset& toolset) const {
    const remit_case now = this->now();
    remit_verdict verdict{};
    remit_decide(&session_, &tables_.head, &now, &toolset, &verdict);
    return verdict;
}

Outcome Simulation::cross(const remit_toolset& toolset) {
    Outcome outcome{.verdict = decide(toolset), .toolset = toolset};
    if (outcome.verdict.kind != REMIT_ALLOW) return outcome;
    if (outcome.verdict.flags & REMIT_TAKES_USE) outcome.uses = ++uses_[outcome.verdict.rule];
    for (int i = 0; i < REMIT_MARK_WORDS; i++) {
        const __u64 given = i < REMIT_TOOL_WORDS ? toolset.best[i] : toolset.labels;
        outcome.gained[i] = given & ~session_.seen[i];
        session_.seen[i] |= given;
    }
    return outcome;
}

Outcome Simulation::exec(std::string_view path) {
    return cross(program_toolset(policy_, expected_program(policy_, path)));
}

Outcome Simulation::connect(const Target& target) {
    if (!target.host.empty()) return cross(attribute_endpoint(policy_, target).toolset);
    return cross(find_endpoint(tables_, target));
}

Outcome Simulation::listen(const Target& local) {
    return is_loopback(local.address) ? cross_own() : cross(find_endpoint(tables_, local));
}

Outcome Simulation::resolve(const std::string& name) const {
    Outcome best;
    bool any = false;
    for (const remit_toolset& toolset : name_toolsets(policy_, Hosts(policy_), name)) {
        const remit_verdict verdict = decide(toolset);
        if (any && !better(verdict, best.verdict)) continue;
        best = {.verdict = verdict, .toolset = toolset};
        any = true;
    }
    return best;
}

Outcome Simulation::reach_unix(const std::string& name) {
    return cross(unix_toolset(policy_, {name}));
}

Outcome Simulation::cross_own() {
    Outcome outcome;
    remit_decide_own(&session_, now_ns_, &outcome.verdict);
    return outcome;
}

}  // namespace remit::policy
