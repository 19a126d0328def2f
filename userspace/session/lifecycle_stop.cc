// How a session is cut, ended and taken away.
#include "base/clock.h"
#include "session/cgroup.h"
#include "session/lifecycle.h"
#include "session/slot.h"
#include "session/sockets.h"

namespace remit::session {

namespace {

// What the command leaves behind may finish for this long, refused everything (DESIGN §9).
constexpr uint64_t kKillAfterNs = 5 * kSecondNs;

constexpr uint32_t kLateFlows = 8;

}  // namespace

// The state word first: the kernel refuses from that instant. Then the generation, so that what was allowed before is judged again.
void Lifecycle::refuse_from_now(Session& session, State state, remit_state word) {
    session.refused_since_ns = boot_ns();
    set_slot_state(slot(session), word);
    session.generation = flip_generation(slot(session));
    session.state = state;
}

Result<void> Lifecycle::revoke(Session& session, const std::string& reason, bool kill) {
    if (session.state != State::kArmed && session.state != State::kExpired && session.state != State::kRevoked)
        return Error{Code::kRefused, "session " + session.id + " is " + std::string(state_name(session.state)),
                     "nothing is left to revoke"};
    refuse_from_now(session, State::kRevoked, REMIT_REVOKED);
    session.end_reason = reason;
    (void)end_sockets(kernel_, session, [](const remit_stamp&) { return true; });
    auto saved = save(session);
    if (kill) {
        if (auto killed = kill_cgroup(session.cgroup); !killed) return killed;
    }
    return saved;
}

void Lifecycle::expire(Session& session) {
    if (session.state != State::kArmed) return;
    session.generation = flip_generation(slot(session));
    session.state = State::kExpired;
    session.end_reason = "its lifetime is over";
    (void)end_sockets(kernel_, session, [](const remit_stamp&) { return true; });
    (void)save(session);
}

void Lifecycle::end(Session& session, const std::string& reason) {
    if (session.state == State::kEnded || session.state == State::kDetached) return;
    refuse_from_now(session, State::kEnded, REMIT_ENDED);
    if (session.end_reason.empty()) session.end_reason = reason;
    kill_later(session);
    (void)save(session);
}

void Lifecycle::kill_later(Session& session) {
    if (!session.linger) session.kill_at_ns = boot_ns() + kKillAfterNs;
}

void Lifecycle::kill_due(Session& session, uint64_t now_ns) {
    if (session.kill_at_ns == 0 || now_ns < session.kill_at_ns) return;
    session.kill_at_ns = now_ns + kKillAfterNs;  // again, should it not have emptied by then
    (void)kill_cgroup(session.cgroup);
}

Result<void> Lifecycle::detach(Session& session) {
    if (session.origin != Origin::kAttach)
        return Error{Code::kUsage, "session " + session.id + " was started by remit run", "end it: remit revoke " + session.id + " --kill"};
    if (session.state == State::kEnded || session.state == State::kDetached)
        return Error{Code::kRefused, "session " + session.id + " is " + std::string(state_name(session.state)), ""};
    set_slot_state(slot(session), REMIT_DETACHED);
    session.generation = flip_generation(slot(session));
    session.state = State::kDetached;
    session.end_reason = "it was detached";
    auto unbound = kernel_.unbind_cgroup(session.cgroup_id);
    kernel_.detach_session_programs(session.kernel_id);
    untag_all(session);
    auto saved = save(session);
    return unbound ? std::move(saved) : std::move(unbound);
}

bool Lifecycle::finish(Session& session) {
    // Another of the same name may be there by now, as of a unit that was started again.
    const auto id = kernel::cgroup_id(session.cgroup);
    const bool gone = !id || *id != session.cgroup_id;
    // An attached cgroup may empty and fill again; a detached session's slot is kept while tasks with its tag may live.
    if (!gone && (session.origin == Origin::kAttach || populated(session.cgroup))) return false;
    if (session.state != State::kDetached) {
        set_slot_state(slot(session), REMIT_ENDED);
        session.state = State::kEnded;
        if (session.end_reason.empty()) session.end_reason = gone ? "its cgroup was removed" : "its last process ended";
    }
    if (!gone && !remove_cgroup(session.cgroup)) return false;  // something joined in between: tried again
    release(session);
    return true;
}

// Nothing runs in the session any more. The session's object stays readable among those that are over.
void Lifecycle::release(Session& session) {
    keep_counts(session);
    if (session.state != State::kDetached) {
        (void)kernel_.unbind_cgroup(session.cgroup_id);
        leaving_.push_back(session.kernel_id);
    }
    for (const Tables::Grant& grant : session.policy->tables.grants) {
        if (counted(grant.grant)) kernel_.drop_use_counter(session.kernel_id, grant.grant.counter);
    }
    for (uint16_t tool = 0; tool < session.policy->policy.tools.size(); tool++) kernel_.drop_approval_end(session.kernel_id, tool);
    names_.forget(session);
    // Packets that were on their way have added flows since; those that a program is about to add behind the clearing are few.
    const uint32_t flows = read_slot(slot(session)).flows + kLateFlows;
    clear_slot(slot(session));
    kernel_.drop_flows(session.kernel_id, flows);
    store_.remove(session.id);
    policies_.leave(session.policy);
    registry_.give_back_slot(session.slot);
    registry_.retire(session);
}

bool Lifecycle::suspend(Session& session) {
    if (session.state != State::kArmed || session.suspended) return false;
    set_slot_state(slot(session), REMIT_SUSPENDED);
    session.generation = flip_generation(slot(session));
    session.suspended = true;
    return true;
}

bool Lifecycle::resume(Session& session) {
    if (!session.suspended) return false;
    session.suspended = false;
    if (session.state != State::kArmed && session.state != State::kExpired) return false;
    session.generation = flip_generation(slot(session));
    set_slot_state(slot(session), REMIT_ARMED);
    return true;
}

void Lifecycle::let_programs_go() {
    std::erase_if(leaving_, [this](uint64_t id) { return kernel_.let_session_programs_go(id); });
}

// What held before is taken back first: no crossing passes by an old answer with a new end, or by a new one without.
Result<void> Lifecycle::approve(Session& session, uint16_t tool, const policy::Approval& given) {
    take_approval_back(slot(session), tool);
    if (given.scope == policy::Approval::Scope::kTimed) {
        if (auto set = kernel_.set_approval_end(session.kernel_id, tool, boot_ns() + given.lasts_ns); !set) return set;
    } else {
        kernel_.drop_approval_end(session.kernel_id, tool);
    }
    approve_tool(slot(session), tool, given.scope == policy::Approval::Scope::kOnce);
    return {};
}

void Lifecycle::reject(Session& session, uint16_t tool) {
    reject_tool(slot(session), tool);
}

void Lifecycle::forget_rejection(Session& session, uint16_t tool) {
    session::forget_rejection(slot(session), tool);
}

void Lifecycle::end_refused_sockets(const Session& session) {
    (void)end_sockets(kernel_, session, [](const remit_stamp& stamp) { return stamp.state == REMIT_STAMP_REFUSED; });
}

void Lifecycle::end_sockets_if(const Session& session, const std::function<bool(const remit_stamp&)>& wanted) {
    (void)end_sockets(kernel_, session, wanted);
}

void Lifecycle::follow_generation(Session& session) {
    const remit_session now = read_slot(slot(session));
    if (now.id == session.kernel_id) session.generation = remit_generation_of(now.authority);
}

uint32_t Lifecycle::generation_of_line(const Session& session) {
    uint32_t sum = 0;
    for (const Session* each = &session; each; each = registry_.find_kernel_id(each->parent)) sum += each->generation;
    return sum;
}

remit_session Lifecycle::counts(const Session& session) {
    const remit_session now = read_slot(slot(session));
    return now.id == session.kernel_id ? now : session.last;
}

std::vector<remit_flow> Lifecycle::flows(const Session& session) {
    const remit_session now = read_slot(slot(session));
    return now.id == session.kernel_id ? kernel_.flows(session.kernel_id, now.flows) : session.last_flows;
}

void Lifecycle::keep_counts(Session& session) {
    session.last_flows = flows(session);
    session.last = counts(session);
}

std::vector<remit_open_socket> Lifecycle::sockets_from(uint16_t local_port) {
    std::vector<std::string> cgroups;
    registry_.each([&](const Session& each) { cgroups.push_back(each.cgroup); });
    return find_sockets(kernel_, cgroups, local_port);
}

}  // namespace remit::session
