// How sessions survive the daemon.
#include <fcntl.h>
#include <unistd.h>

#include <set>
#include <utility>

#include "session/cgroup.h"
#include "session/lifecycle.h"
#include "session/own.h"
#include "session/slot.h"

namespace remit::session {

namespace {

bool known_word(uint32_t state) {
    return state == REMIT_ARMED || state == REMIT_REVOKED || state == REMIT_ENDED || state == REMIT_DETACHED || state == REMIT_SUSPENDED;
}

// The kernel's word may be newer than the file, when the daemon died between the two; it is never older.
State newer_state(State stored, uint32_t word) {
    switch (word) {
        case REMIT_REVOKED:
            return State::kRevoked;
        case REMIT_ENDED:
            return State::kEnded;
        case REMIT_DETACHED:
            return State::kDetached;
        default:
            return stored;
    }
}

}  // namespace

Adoption Lifecycle::adopt() {
    Adoption adoption;
    std::vector<StoredSession> stored = store_.load(adoption.problems);
    std::vector<StoredSession*> vanished;
    for (StoredSession& each : stored) {
        if (!readopt(each, adoption)) vanished.push_back(&each);
    }
    for (StoredSession* each : vanished) retire_stored(*each, adoption);
    // The kernel refuses them already.
    for (Session* each : adoption.adopted)
        if (each->parent != 0 && !registry_.find_kernel_id(each->parent)) end(*each, "the session above it is over");
    refuse_strangers(adoption);
    withdraw_strangers();
    for (uint64_t id : kernel_.sessions_with_programs()) {
        if (!registry_.find_kernel_id(id)) leaving_.push_back(id);
    }
    for (Session* session : adoption.adopted) {
        // What was installed while nobody looked; also tells again which programs go when the policy goes.
        LoadedPolicy& loaded = *session->policy;
        if (auto pushed = unix_sockets_.push_known(loaded, *session->root); !pushed) adoption.problems.push_back(pushed.error().message);
        if (!loaded.programs.empty()) continue;
        if (auto pushed = programs_.push_known(loaded, *session->root); !pushed) adoption.problems.push_back(pushed.error().message);
    }
    return adoption;
}

bool Lifecycle::readopt(StoredSession& stored, Adoption& adoption) {
    remit_session& word = *kernel_.session(stored.session.slot);
    const remit_session now = read_slot(word);
    if (!stored.this_boot || now.id != stored.session.kernel_id || !known_word(now.state)) return false;
    settle_switch(stored, remit_tables_of(now.authority));
    if (remit_tables_of(now.authority) != stored.tables_id) {
        adoption.problems.push_back("session " + stored.session.id + " runs under other tables than its file says");
        return false;
    }
    auto id = kernel::cgroup_id(stored.session.cgroup);
    if (!id || *id != stored.session.cgroup_id) return false;
    auto policy = policies_.readopt(stored.policy_sha256, writer_of(stored.session), stored.tables_id, stored.session.own);
    auto session = std::make_unique<Session>(stored.session);
    session->expires_ns = now.expires_ns;  // renewed a moment before the daemon died
    session->generation = remit_generation_of(now.authority);
    session->state = newer_state(session->state, now.state);
    session->suspended = now.state == REMIT_SUSPENDED;
    for (uint16_t tool = 0; tool < REMIT_MAX_TOOLS; tool++) session::forget_rejection(word, tool);  // nobody is left who would in time
    if (!policy) {
        adoption.problems.push_back("session " + session->id + ": " + policy.error().message + "; it is revoked");
        // Names are lost, not the enforcement: an empty policy stands in for what cannot be read.
        session->policy = std::make_shared<LoadedPolicy>();
        session->policy->policy.identity = stored.policy_sha256;
        session->policy->tables_id = stored.tables_id;
        session->policy->sessions = 1;
        session->policy->readopted = true;
    } else {
        session->policy = *policy;
    }
    find_root(*session);
    registry_.claim_slot(session->slot);
    Session& added = registry_.add(std::move(session));
    if (!policy) (void)revoke(added, "its policy cannot be read", false);
    adoption.adopted.push_back(&added);
    return true;
}

// Of two tables that a switch was between, the kernel's word names those that hold; the others are strangers.
void Lifecycle::settle_switch(StoredSession& stored, uint32_t tables_id) {
    if (!stored.session.next) return;
    Switch other = *std::exchange(stored.session.next, std::nullopt);
    if (other.tables_id == tables_id) {
        std::swap(other.policy_sha256, stored.policy_sha256);
        std::swap(other.tables_id, stored.tables_id);
        std::swap(other.own, stored.session.own);
    }
}

// Tables that no session holds: of sessions that are over, of a switch that came to no end.
void Lifecycle::withdraw_strangers() {
    std::set<uint32_t> tables = kernel_.published_tables();
    registry_.each([&](const Session& session) { tables.erase(session.policy->tables_id); });
    if (!tables.empty()) kernel_.sweep_tables(tables);
}

// The root in which the session began: of the daemon, of the starter or of a process in the session, whichever still is in that mount
// namespace and was not moved below it; without one, the daemon's, in which nothing of a foreign root has a name.
void Lifecycle::find_root(Session& session) {
    std::vector<pid_t> candidates{::getpid(), session.starter.pid};
    for (pid_t pid : processes_below(session.cgroup)) candidates.push_back(pid);
    for (pid_t pid : candidates) {
        auto root = pid > 0 ? open_root_of(pid) : Result<Root>(Error{});
        if (!root || root->mounts != session.root_mounts) continue;
        if (path_in_root(Root{Fd(::open("/", O_PATH | O_CLOEXEC)), root->mounts}, root->fd) != "/") continue;
        session.root = std::make_shared<Root>(*std::move(root));
        return;
    }
    auto own = open_root_of(::getpid());
    session.root = own ? std::make_shared<Root>(*std::move(own)) : std::make_shared<Root>();
}

void Lifecycle::retire_stored(StoredSession& stored, Adoption& adoption) {
    remit_session& word = *kernel_.session(stored.session.slot);
    auto session = std::make_unique<Session>(stored.session);
    session->policy = std::make_shared<LoadedPolicy>();
    session->policy->policy.identity = stored.policy_sha256;
    if (auto source = store_.load_policy(stored.policy_sha256)) {
        if (auto loaded = policies_.compile_own(*source, {}, session->own)) session->policy = *loaded;
    }
    session->state = State::kEnded;
    if (session->end_reason.empty()) {
        session->end_reason = !stored.this_boot                          ? "the host was started anew"
                              : read_slot(word).id == session->kernel_id ? "its cgroup was removed while the daemon was away"
                                                                         : "its pins were removed";
    }
    session->last = read_slot(word);
    if (session->last.id == session->kernel_id) {
        session->last_flows = kernel_.flows(session->kernel_id, session->last.flows);
        (void)kernel_.unbind_cgroup(session->cgroup_id);
        if (cgroup_exists(session->cgroup)) kernel_.detach_session_programs(session->kernel_id);  // of another one by now
        clear_slot(word);
        kernel_.drop_flows(session->kernel_id, session->last.flows);
    } else {
        session->last = {};
    }
    if (session->origin == Origin::kRun && !populated(session->cgroup)) (void)remove_cgroup(session->cgroup);
    names_.forget(*session);
    store_.remove(session->id);
    Session& over = registry_.add(std::move(session));
    registry_.retire(over);
    adoption.over.push_back(&over);
}

// Slots that the kernel enforces and no file explains: refused everything, and never given away while they may still be in use.
void Lifecycle::refuse_strangers(Adoption& adoption) {
    for (uint32_t number = 1; number < REMIT_MAX_SESSIONS; number++) {
        remit_session& word = *kernel_.session(number);
        const uint64_t id = __atomic_load_n(&word.id, __ATOMIC_SEQ_CST);
        if (id == 0 || registry_.find_kernel_id(id)) continue;
        set_slot_state(word, REMIT_REVOKED);
        flip_generation(word);
        registry_.claim_slot(number);
        adoption.problems.push_back("slot " + std::to_string(number) +
                                    " holds a session that the state folder does not know; it is refused everything");
    }
}

}  // namespace remit::session
