#include "daemon/recorder.h"

#include <netinet/in.h>

#include <algorithm>

#include "base/clock.h"
#include "policy/names.h"
#include "policy/narrow.h"
#include "session/policies.h"

namespace remit::daemon {

namespace {

// Refusals of one session that are told apart; a flood of different ones is recorded, but not waited for one by one.
constexpr size_t kMaxToldApart = 4096;

// In the record of a session's end; a line stays one that tools take.
constexpr size_t kMostEndpoints = 64;

std::shared_ptr<const trail::Actor> actor_of(const session::Actor* actor) {
    if (!actor) return nullptr;
    auto out = std::make_shared<trail::Actor>();
    out->uid = actor->uid;
    out->gids.assign(actor->gids.begin(), actor->gids.end());
    if (actor->login_uid != static_cast<uid_t>(-1)) out->login_uid = actor->login_uid;
    out->pid = actor->pid;
    out->exec_id = actor->exec_id;
    out->via = actor->via;
    return out;
}

// That a record accounts for.
std::vector<trail::Range> numbers_of(const trail::Record& record) {
    if (!record.cpu) return {};
    if (record.kind == trail::Kind::kAuditGap) return {{record.first, record.last}};
    if (record.kind != trail::Kind::kCrossing || !record.n) return {};
    return record.numbers.empty() ? std::vector<trail::Range>{{*record.n, *record.n}} : record.numbers;
}

std::string scope_word(policy::Approval::Scope scope) {
    return scope == policy::Approval::Scope::kOnce ? "ONCE" : scope == policy::Approval::Scope::kSession ? "SESSION" : "TIMED";
}

std::vector<std::string> claimed_keys(const session::Claims& claims) {
    std::vector<std::string> keys;
    if (!claims.name.empty()) keys.push_back("name");
    if (!claims.agent.empty()) keys.push_back("agent");
    if (!claims.on_behalf_of.empty()) keys.push_back("on_behalf_of");
    if (!claims.purpose.empty()) keys.push_back("purpose");
    if (!claims.task.empty()) keys.push_back("task");
    return keys;
}

}  // namespace

Recorder::Recorder(trail::Writer& writer, session::Registry& registry, kernel::Tier tier, const Guarantees& guarantees)
    : writer_(writer), registry_(registry), tier_(tier == kernel::Tier::kLsm ? "lsm" : "base"), guarantees_(guarantees) {}

std::shared_ptr<const trail::Session> Recorder::describe(const session::Session& session, uint32_t generation, uint64_t labels) {
    Known& known = known_[session.kernel_id];
    if (known.session && known.generation == generation && known.labels == labels) return known.session;
    const policy::Policy& policy = session.policy->policy;
    auto out = std::make_shared<trail::Session>();
    out->id = session.id;
    out->root = session.lineage.empty() ? session.id : session.lineage.front();
    out->lineage = session.lineage;
    out->policy = policy.name;
    out->policy_sha256 = policy::identity_of(policy);
    out->name = session.claims.name;
    out->agent = session.claims.agent;
    out->on_behalf_of = session.claims.on_behalf_of;
    out->purpose = session.claims.purpose;
    out->task = session.claims.task;
    out->claimed = claimed_keys(session.claims);
    out->generation = generation;
    out->mode = policy.mode;
    out->tier = tier_;
    for (size_t i = 0; i < policy.labels.size(); i++) {
        if (labels >> i & 1) out->labels.push_back(policy.labels[i]);
    }
    known.session = out;
    known.generation = generation;
    known.labels = labels;
    return out;
}

HostOf Recorder::hosts_of(const session::Session& session) const {
    return [this, id = session.kernel_id](const policy::Address& address) { return names_ ? names_->name_of(id, address) : std::string(); };
}

std::string Recorder::path_of(const session::Session& session, const remit_file& file) const {
    return session.policy->path_of(file);
}

EventContext Recorder::context_of(const remit_event& event, session::Session* session) {
    EventContext context;
    if (!session) return context;
    context.session = describe(*session, event.generation, event.labels_before);
    context.policy = &session->policy->policy;
    context.program_path = path_of(*session, event.program);
    context.program_sha256 = session->policy->sha256_of(event.program);
    context.file_path = path_of(*session, event.file);
    context.file_sha256 = session->policy->sha256_of(event.file);
    context.peer_path = path_of(*session, event.peer);
    if (names_ && (event.crossing == REMIT_CONNECT || event.crossing == REMIT_SEND)) {
        policy::Address address;
        std::copy(std::begin(event.address), std::end(event.address), address.begin());
        context.host = names_->name_of(event.session, address);
    }
    if (event.crossing == REMIT_RESOLVE) {
        if (auto found = answered_.extract({event.cpu, event.n}); !found.empty()) {
            context.answers = std::move(found.mapped().answers);
            context.withheld = std::move(found.mapped().withheld);
        }
    }
    return context;
}

void Recorder::answered(uint32_t cpu, uint64_t n, std::vector<std::string> answers, std::vector<std::string> withheld) {
    // Of records that found no room nobody asks.
    if (answered_.size() >= kMaxToldApart) answered_.clear();
    answered_[{cpu, n}] = {std::move(answers), std::move(withheld)};
}

void Recorder::crossing(const remit_event& event, const std::optional<Asked>& asked) {
    if (!is_sound(event)) {
        unsound_++;  // its number stays missing and becomes a gap
        return;
    }
    if (!ledger_.claim(event.cpu, event.n, boot_ns())) return;
    EventContext context = context_of(event, registry_.find_also_over(event.session));
    if (asked) {
        context.crossing_id = asked->id;
        context.answered_by_person = asked->answered;
    }
    trail::Record record = record_of(event, context);
    record.synced = event.effect != REMIT_PASSED && first_refusal(event.session, record);
    counters_.crossing(record);
    // What it gained stands behind it, so it stands by itself.
    const bool gains = event.gained[REMIT_TOOL_WORDS] != 0;
    if (!gains && folds_.take(record, boot_ns())) return;
    submit(std::move(record));
    if (gains) labels_gained(event, context);
}

void Recorder::notice(const remit_event& event, uint64_t count, const std::string& target_path, const std::string& why) {
    trail::Record record = notice_record_of(event, context_of(event, registry_.find_also_over(event.session)), target_path);
    record.count = count;
    record.why = why;
    record.synced = count == 1;
    submit(std::move(record));
}

bool Recorder::first_refusal(uint64_t kernel_id, const trail::Record& record) {
    auto& refused = known_[kernel_id].refused;
    if (refused.size() >= kMaxToldApart) return false;
    return refused.insert(std::hash<std::string>()(object_text(record.object) + static_cast<char>(record.reason))).second;
}

void Recorder::labels_gained(const remit_event& event, const EventContext& context) {
    if (!context.policy) return;
    const uint64_t gained = event.gained[REMIT_TOOL_WORDS];
    for (size_t i = 0; gained != 0 && i < context.policy->labels.size(); i++) {
        if (!(gained >> i & 1)) continue;
        trail::Record record;
        record.kind = trail::Kind::kLabel;
        record.boot_ns = event.boot_ns;
        record.session = context.session;
        record.label = context.policy->labels[i];
        if (event.tool < context.policy->tools.size()) record.tool = context.policy->tools[event.tool].name;
        submit(std::move(record));
    }
}

void Recorder::submit(trail::Record record) {
    // The order of the trail is that of what it tells: what was folded before stands before.
    if (record.kind != trail::Kind::kCrossing) write_folded(true);
    const uint32_t cpu = record.cpu.value_or(0);
    const std::vector<trail::Range> numbers = numbers_of(record);
    if (writer_.submit(std::move(record))) return;
    for (const trail::Range& range : numbers) ledger_.unclaim(cpu, range, boot_ns());
}

void Recorder::lost(const trail::Record& record) {
    for (const trail::Range& range : numbers_of(record)) ledger_.unclaim(record.cpu.value_or(0), range, boot_ns());
}

void Recorder::write_folded(bool all) {
    folds_.give(boot_ns(), all, [this](trail::Record record) { submit(std::move(record)); });
}

void Recorder::approval_asked(const remit_event& event, const std::string& id, const std::string& text) {
    session::Session* session = registry_.find_also_over(event.session);
    trail::Record record = record_of(event, context_of(event, session));
    record.kind = trail::Kind::kApprovalAsked;
    record.cpu.reset();
    record.n.reset();
    record.crossing_id = id;
    record.why = text;
    record.synced = true;
    submit(std::move(record));
}

void Recorder::tool_requested(const session::Session& session, const std::string& id, const std::string& tool, const std::string& text,
                              const session::Actor& actor) {
    trail::Record record;
    record.kind = trail::Kind::kApprovalAsked;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.session = describe(session, session.generation, known_[session.kernel_id].labels);
    record.crossing_id = id;
    record.tool = tool;
    record.why = text;
    record.actor = actor_of(&actor);
    submit(std::move(record));
}

void Recorder::approval_answered(const session::Session& session, const Decided& answered, const session::Actor* actor) {
    trail::Record record;
    record.kind = trail::Kind::kApprovalAnswered;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.session = describe(session, session.generation, known_[session.kernel_id].labels);
    record.crossing_id = answered.id;
    record.tool = answered.tool;
    record.answer = answered.approved ? "approve" : "reject";
    if (answered.approved) record.scope = scope_word(answered.given.scope);
    if (answered.approved && answered.given.scope == policy::Approval::Scope::kTimed) record.lifetime_ns = answered.given.lasts_ns;
    record.why = answered.why;
    record.decided_by = actor ? "person" : "daemon";
    record.actor = actor_of(actor);
    submit(std::move(record));
}

void Recorder::socket_cut(const session::Session& session, const remit_stamp& stamp, uint16_t rule, uint64_t gained_ns) {
    trail::Record record;
    record.kind = trail::Kind::kSocketCut;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.session = describe(session, session.generation, known_[session.kernel_id].labels);
    record.crossing = stamp.protocol == IPPROTO_TCP ? REMIT_CONNECT : REMIT_SEND;
    record.object = endpoint_of(stamp);
    record.tool = policy::tool_name(session.policy->policy, stamp.tool);
    record.rule = policy::rule_text(session.policy->policy, stamp.tool, rule, REMIT_REASON_DENIED);
    record.reason = REMIT_REASON_DENIED;
    record.effect = REMIT_DROPPED;
    record.latency_ns = record.boot_ns - std::min(record.boot_ns, gained_ns);
    submit(std::move(record));
}

void Recorder::changed(const session::Session& session, const Change& change, const session::Actor* actor) {
    trail::Record record;
    record.kind = change.kind;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.session = describe(session, session.generation, known_[session.kernel_id].labels);
    record.change = change.what;
    record.tool = change.tool;
    record.rule = change.rule;
    record.uses = change.uses;
    record.lifetime_ns = change.lasts_ns;
    record.why = change.why;
    record.actor = actor_of(actor);
    submit(std::move(record));
}

void Recorder::session(trail::Kind kind, const session::Session& session, const session::Actor* actor, std::optional<int> exit_status) {
    trail::Record record;
    record.kind = kind;
    record.synced = true;
    // When it took effect, not when sockets were ended and it was told: what was refused by it comes after it.
    record.boot_ns = kind == trail::Kind::kSessionRevoked ? session.refused_since_ns : boot_ns();
    if (kind == trail::Kind::kSessionRevoked) counters_.revoked(boot_ns() - std::min(boot_ns(), record.boot_ns));
    record.session = describe(session, session.generation, known_[session.kernel_id].labels);
    record.why = session.end_reason;
    if (kind == trail::Kind::kSessionStart && !session.attached_by.empty()) {
        record.why = "attached by glob " + session.attached_by;
        if (session.ran_before > 0) record.why += "; processes that ran in it before: " + std::to_string(session.ran_before);
    }
    record.cgroup = session.cgroup;
    record.exit_status = exit_status;
    record.actor = actor_of(actor);
    if (kind == trail::Kind::kSessionStart)
        record.assurance = std::make_shared<trail::Assurance>(assurance_of(session.policy->policy, guarantees_));
    if (kind == trail::Kind::kSessionStart && session.expires_ns != 0) record.lifetime_ns = session.expires_ns - session.start_ns;
    if (kind == trail::Kind::kSessionEnd) {
        const policy::Policy& policy = session.policy->policy;
        const remit_session& last = session.last;
        record.totals = std::make_shared<trail::SessionTotals>(
            trail::SessionTotals{last.passed, last.refused, last.bytes_out, last.bytes_in, last.packets_out, last.packets_in,
                                 traffic_of(session.last_flows, policy, hosts_of(session), kMostEndpoints)});
        traffic_before_.add_session(policy.name, last);
        for (const remit_flow& flow : session.last_flows) traffic_before_.add_flow(policy, flow);
    }
    submit(std::move(record));
}

void Recorder::policy(trail::Kind kind, const trail::PolicyChange& change, const session::Actor* actor) {
    trail::Record record;
    record.kind = kind;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.policy = std::make_shared<trail::PolicyChange>(change);
    record.actor = actor_of(actor);
    submit(std::move(record));
}

void Recorder::software(trail::Kind kind, const trail::Software& software) {
    trail::Record record;
    record.kind = kind;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.software = std::make_shared<trail::Software>(software);
    submit(std::move(record));
}

void Recorder::key(const trail::KeyChange& change) {
    trail::Record record;
    record.kind = trail::Kind::kConfig;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.key = std::make_shared<trail::KeyChange>(change);
    submit(std::move(record));
}

void Recorder::settle(const std::vector<remit_totals>& totals, uint64_t grace_ns) {
    std::vector<uint64_t> crossings;
    crossings.reserve(totals.size());
    for (const remit_totals& each : totals) crossings.push_back(each.crossings);
    for (const trail::Gap& gap : ledger_.settle(crossings, boot_ns(), grace_ns)) {
        counters_.gap(gap.numbers.count());
        submit(trail::record_of(gap));
    }
}

void Recorder::hooks(const kernel::Kernel& kernel, bool adopted) {
    write_folded(true);  // what does not get in shows in the state
    std::vector<uint64_t> crossings;
    for (const remit_totals& each : kernel.totals()) crossings.push_back(each.crossings);
    auto state = std::make_shared<trail::Hooks>();
    state->kernel = ledger_.state(crossings);
    state->programs = kernel.programs();
    state->tier = tier_;
    state->adopted = adopted;
    state->lsm_called = kernel.tier() != kernel::Tier::kLsm || kernel::calls_lsm_programs();
    trail::Record record;
    record.kind = trail::Kind::kHooks;
    record.synced = true;
    record.boot_ns = boot_ns();
    record.hooks = std::move(state);
    submit(std::move(record));
}

void Recorder::forget_unknown() {
    std::erase_if(known_, [&](const auto& each) { return !registry_.find_also_over(each.first); });
}

}  // namespace remit::daemon
