#include "policy/simulate.h"

#include <algorithm>
#include <utility>

#include "policy/attribute.h"
#include "policy/hosts.h"
#include "policy/tables.h"

namespace remit::policy {
namespace {

// Any boot time will do, as long as it is not 0: 0 means "never" in expires_ns.
constexpr uint64_t kStartNs = 1'000'000'000;

}  // namespace

Simulation::Simulation(const Policy& policy, const Tables& tables)
    : policy_(policy), tables_(tables), rules_{&tables, &uses_, &approvals_}, now_ns_(kStartNs) {
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
    remit_decide(&session_, &tables().head, &now, &toolset, &verdict);
    return verdict;
}

const remit_grant* Simulation::grant_of(const remit_verdict& verdict) const {
    return remit_grant_at(&rules_, 0, verdict.tool, verdict.nth);
}

// As bpf/lib/take.h does, but for the races.
void Simulation::take(Outcome& outcome) {
    const remit_verdict& verdict = outcome.verdict;
    if (verdict.flags & REMIT_TAKES_APPROVAL) session_.approved[verdict.tool / 64] &= ~(1ULL << (verdict.tool % 64));
    const remit_grant* grant = grant_of(verdict);
    if (!grant || !(verdict.flags & (REMIT_TAKES_USE | REMIT_TAKES_RATE))) return;
    take(verdict, *grant, session_, now_ns_, uses_[grant->counter]);
    if (verdict.flags & REMIT_TAKES_USE) outcome.uses = uses_[grant->counter].taken;
    for (Above& above : above_) take(verdict, *grant, above.session, now_ns_, above.uses[grant->counter]);
}

void Simulation::take(const remit_verdict& verdict, const remit_grant& grant, const remit_session& session, uint64_t now_ns,
                      remit_use& use) {
    const uint32_t window = remit_window_at(&session, &grant, now_ns);
    if (verdict.flags & REMIT_TAKES_USE) use.taken++;
    if (verdict.flags & REMIT_TAKES_RATE) use.window = remit_is_open(use.window, window) ? use.window + 1 : uint64_t{window} << 32 | 1;
}

// REMIT_GRANTED, or why the line has nothing left of a grant.
int Simulation::left_above(const remit_grant& grant) const {
    for (const Above& above : above_) {
        const remit_rules rules{nullptr, &above.uses, nullptr};
        const remit_case now{.rules = &rules, .now_ns = now_ns_, .tables = 0, .occasion = REMIT_FIRST_USE};
        if (const int reason = remit_grant_left(&above.session, &now, &grant); reason != REMIT_GRANTED) return reason;
    }
    return REMIT_GRANTED;
}

// The line's marks are those of the one below, as nothing is done above any more. Grants end with the topmost's time: what is over of it is
// taken off them here, and the moment that it costs to tell the end from the beginning off the start.
void Simulation::begin_below() {
    const uint64_t age_ns = now_ns_ - session_.start_ns;
    if (!own_tables_) own_tables_ = tables_;
    for (Tables::Grant& each : own_tables_->grants)
        if (each.grant.until_ns) each.grant.until_ns = each.grant.until_ns > age_ns ? each.grant.until_ns - age_ns + 1 : 1;
    rules_.tables = &*own_tables_;
    above_.push_back({session_, std::exchange(uses_, {})});
    approvals_.clear();
    session_.parent = 1;
    session_.start_ns = now_ns_ - 1;
    for (auto* words : {&session_.approved, &session_.once, &session_.rejected}) std::ranges::fill(*words, 0);
}

void Simulation::approve(uint16_t tool) {
    const Approval* approval = policy_.find_approval(tool);
    const Approval::Scope scope = approval ? approval->scope : Approval::Scope::kSession;
    session_.once[tool / 64] &= ~(1ULL << (tool % 64));
    approvals_.erase(tool);
    if (scope == Approval::Scope::kOnce) add_mark(session_.once, tool);
    if (scope == Approval::Scope::kTimed) approvals_[tool] = now_ns_ + approval->lasts_ns;
    add_mark(session_.approved, tool);
}

void Simulation::grant(uint16_t tool) {
    if (!own_tables_) own_tables_ = tables_;
    add_mark(own_tables_->head.granted, tool);
    own_tables_->head.conditional[tool / 64] &= ~(1ULL << (tool % 64));
    rules_.tables = &*own_tables_;
}

Outcome Simulation::cross(const remit_toolset& toolset) {
    Outcome outcome{.verdict = decide(toolset), .toolset = toolset};
    if (outcome.verdict.kind != REMIT_ALLOW) return outcome;
    if (const remit_grant* grant = grant_of(outcome.verdict); grant && outcome.verdict.flags & (REMIT_TAKES_USE | REMIT_TAKES_RATE)) {
        const int left = left_above(*grant);
        if (left != REMIT_GRANTED) {
            outcome.verdict.kind = REMIT_DENY;
            outcome.verdict.reason = static_cast<uint8_t>(left);
            return outcome;
        }
    }
    take(outcome);
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
    return cross(find_endpoint(tables(), target));
}

Outcome Simulation::listen(const Target& local) {
    return is_loopback(local.address) ? cross_own() : cross(find_endpoint(tables(), local));
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
