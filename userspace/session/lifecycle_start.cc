// How a session begins.
#include <sys/random.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "base/clock.h"
#include "base/pidfd.h"
#include "base/uuid.h"
#include "policy/narrow.h"
#include "session/cgroup.h"
#include "session/lifecycle.h"
#include "session/own.h"
#include "session/slot.h"

namespace remit::session {

namespace {

Result<uint64_t> new_kernel_id() {
    uint64_t id = 0;
    while (id == 0) {
        if (::getrandom(&id, sizeof id, 0) != sizeof id) return errno_error("getrandom");
    }
    return id;
}

uint64_t shorter(uint64_t a, uint64_t b) {
    return a == 0 || (b != 0 && b < a) ? b : a;
}

Result<std::unique_ptr<Session>> make_session(const StartRequest& request, Origin origin) {
    auto kernel_id = new_kernel_id();
    if (!kernel_id) return std::move(kernel_id).error();
    auto session = std::make_unique<Session>();
    session->id = new_uuid();
    session->kernel_id = *kernel_id;
    session->origin = origin;
    session->policy = request.policy;
    session->claims = request.claims;
    session->starter = request.starter;
    session->attached_by = request.attached_by;
    session->set_up = request.set_up;
    session->ran_before = request.ran_before;
    session->linger = request.linger;
    session->holds_exec = request.holds_exec;
    session->start_ns = boot_ns();
    const uint64_t now = wall_ns();
    session->started_at = format_time(now);
    uint64_t lifetime = shorter(request.policy->policy.lifetime_ns, request.lifetime_ns);
    if (const Session* parent = request.parent) {
        session->parent = parent->kernel_id;
        session->lineage = parent->lineage;
        session->lineage.push_back(parent->id);
        if (parent->expires_ns != 0)
            lifetime = shorter(lifetime, parent->expires_ns > session->start_ns ? parent->expires_ns - session->start_ns : 1);
    }
    if (lifetime != 0) {
        session->expires_ns = session->start_ns + lifetime;
        const bool with_parent = request.parent && request.parent->expires_ns == session->expires_ns;
        session->expires_at = with_parent ? request.parent->expires_at : format_time(now + lifetime);
    }
    return session;
}

// Processes of an attached cgroup whose programs are looked at; of others only the file is recorded, not its name.
constexpr size_t kMaxRunning = 256;
// A cgroup that forks without end is left to what the kernel tags by itself.
constexpr int kMaxTagPasses = 32;

// Program and start stay unknown until the task's next exec: the kernel reads them from the task.
remit_tag tag_for(const Session& session) {
    remit_tag tag{};
    tag.session = session.kernel_id;
    tag.slot = session.slot;
    return tag;
}

}  // namespace

Lifecycle::Lifecycle(kernel::Kernel& kernel, Store& store, Guard guard, std::string cgroup_root)
    : kernel_(kernel),
      store_(store),
      guard_(std::move(guard)),
      cgroup_root_(std::move(cgroup_root)),
      policies_(kernel, store),
      programs_(kernel),
      unix_sockets_(kernel),
      names_(kernel) {}

Result<Session*> Lifecycle::start(const StartRequest& request) {
    auto session = make_session(request, Origin::kRun);
    if (!session) return std::move(session).error();
    if (request.parent) {
        if (auto narrowed = narrow(**session, *request.parent); !narrowed) return std::move(narrowed).error();
    }
    (*session)->cgroup = (request.parent ? request.parent->cgroup : cgroup_root_ + "/remit") + "/" + (*session)->id;
    if (auto made = make_cgroup((*session)->cgroup); !made) return std::move(made).error();
    const std::string cgroup = (*session)->cgroup;
    auto armed = arm(*std::move(session), request.root_of, request.root_folder);
    if (!armed) (void)remove_cgroup(cgroup);
    return armed;
}

// All of a line have the tables of the topmost's policy, or tables of their own made of it.
Result<void> Lifecycle::narrow(Session& session, const Session& parent) {
    const LoadedPolicy& above = *parent.policy;
    if (session.policy->policy.identity == policy::identity_of(above.policy)) {
        session.policy = parent.policy;
        session.own = parent.own;
        return {};
    }
    Own own = parent.own ? *parent.own : own_of(above.policy);
    own.within.push_back(session.policy->policy.identity);
    auto loaded = policies_.compile_own(above.source, above.writer, own);
    if (!loaded) return std::move(loaded).error();
    session.policy = *std::move(loaded);
    session.own = std::move(own);
    return {};
}

Result<Session*> Lifecycle::attach(const StartRequest& request, const std::string& cgroup) {
    auto session = make_session(request, Origin::kAttach);
    if (!session) return std::move(session).error();
    char real[PATH_MAX];
    if (!cgroup_exists(cgroup) || !::realpath(cgroup.c_str(), real))
        return Error{Code::kMissing, "no cgroup " + cgroup, "name a folder of the cgroup v2 tree that holds processes"};
    (*session)->cgroup = real;
    if (!(*session)->cgroup.starts_with(cgroup_root_ + "/")) {
        return Error{Code::kNotPermitted, "cgroup " + (*session)->cgroup + " is not below " + cgroup_root_ + ", which this daemon mediates",
                     "name a cgroup below it, or start remitd with a --cgroup-root above both"};
    }
    (*session)->bound = true;
    const auto processes = processes_below(cgroup);
    const pid_t root_of = request.root_of == 0 && !processes.empty() ? processes.front() : request.root_of;
    auto armed = arm(*std::move(session), root_of, request.root_folder);
    if (armed) {
        tag_existing(**armed);
        learn_running(**armed);
    }
    return armed;
}

Result<Session*> Lifecycle::arm(std::unique_ptr<Session> session, pid_t root_of, const std::string& root_folder) {
    if (Session* other = registry_.find_overlap(session->cgroup, session->lineage)) {
        return Error{Code::kNotPermitted, "cgroup " + session->cgroup + " lies in or above " + other->cgroup + " of session " + other->id,
                     "end or detach that session first; a session inside another is started from within it"};
    }
    auto id = kernel::cgroup_id(session->cgroup);
    if (!id) return std::move(id).error();
    session->cgroup_id = *id;
    if (auto allowed = guard_.check(session->cgroup, *id); !allowed) return std::move(allowed).error();
    auto root = open_root_of(root_of != 0 ? root_of : ::getpid(), root_folder);
    if (!root) return std::move(root).error();
    session->root_mounts = root->mounts;
    session->root = std::make_shared<Root>(*std::move(root));
    auto slot_number = registry_.take_slot();
    if (!slot_number) return std::move(slot_number).error();
    session->slot = *slot_number;

    auto published = policies_.enter(*session->policy);
    if (!published) {
        registry_.give_back_slot(session->slot);
        return std::move(published).error();
    }
    Session& added = registry_.add(std::move(session));
    // A root session could change what the kernel does not know yet: what an operator installed since is known before it begins.
    const bool could_change = kernel_.tier() == kernel::Tier::kLsm && writer_of(added).uid == 0;
    if (*published || could_change) {
        if (auto pushed = programs_.push_known(*added.policy, *added.root); !pushed) {
            undo(added);
            return std::move(pushed).error();
        }
    }
    // Another session's root may have other sockets at the same paths.
    if (auto pushed = unix_sockets_.push_known(*added.policy, *added.root); !pushed) {
        undo(added);
        return std::move(pushed).error();
    }
    if (auto enforced = enforce(added); !enforced) {
        undo(added);
        return std::move(enforced).error();
    }
    return &added;
}

// The order matters: counters and the slot before the state word, the file before the state word, the state word before the cgroup.
Result<void> Lifecycle::enforce(Session& session) {
    for (const Tables::Grant& grant : session.policy->tables.grants) {
        if (!counted(grant.grant)) continue;
        if (auto made = kernel_.make_use_counter(session.kernel_id, grant.grant.counter); !made) return made;
    }
    fill_slot(slot(session), session, session.policy->tables_id);
    if (session.parent != 0) {
        const Session* parent = registry_.find_kernel_id(session.parent);
        if (!parent) return Error{Code::kRefused, "the session above is over", ""};
        put_below(slot(session), slot(*parent), parent->slot);
    }
    if (auto saved = save(session); !saved) return saved;
    set_slot_state(slot(session), REMIT_ARMED);
    if (auto bound = kernel_.bind_cgroup(session.cgroup_id, session.slot); !bound) return bound;
    if (session.parent != 0) return {};  // the programs at the topmost session's cgroup see its packets
    auto folder = open_cgroup(session.cgroup);
    if (!folder) return std::move(folder).error();
    return kernel_.attach_session_programs(session.kernel_id, folder->get());
}

void Lifecycle::undo(Session& session) {
    session.state = State::kEnded;
    session.end_reason = "it could not be started";
    release(session);
}

Result<void> Lifecycle::bind_process(Session& session, pid_t pid) {
    if (session.state != State::kArmed)
        return Error{Code::kRefused, "session " + session.id + " is " + std::string(state_name(session.state)), "start a new session"};
    Fd pidfd = open_pidfd(pid);
    if (!pidfd) return errno_error("pidfd_open", std::to_string(pid));
    auto tag = kernel_.tag_of(pidfd.get());
    if (!tag) return std::move(tag).error();
    const bool moves = tag->has_value() && (*tag)->session != session.kernel_id && (*tag)->session != 0;
    if (moves && (*tag)->session != session.parent)
        return Error{Code::kNotPermitted, "process " + std::to_string(pid) + " is in another session",
                     "a process never changes its session, but into one that is started below it"};
    if (!is_at(session, pid)) {
        if (auto moved = move_process(session.cgroup, pid); !moved) return moved;
    }
    if (auto tagged = kernel_.tag_task(pidfd.get(), tag_for(session)); !tagged) return tagged;
    session.bound = true;
    return save(session);
}

void Lifecycle::tag_existing(const Session& session) {
    // The cgroup is bound: whoever is forked from now on is tagged by the kernel, and those without a tag are known by their cgroup.
    // Who was being forked meanwhile may have neither: looked for until nobody is left.
    const remit_tag tag = tag_for(session);
    for (int pass = 0; pass < kMaxTagPasses; pass++) {
        size_t untagged = 0;
        for (pid_t thread : threads_below(session.cgroup)) {
            Fd pidfd = open_pidfd_of_thread(thread);
            if (!pidfd) continue;  // before 6.9 known by its cgroup alone
            auto known = kernel_.tag_of(pidfd.get());
            if (known && known->has_value() && (*known)->session != 0) continue;
            if (kernel_.tag_task(pidfd.get(), tag)) untagged++;
        }
        if (untagged == 0) break;
    }
}

// What runs already is no crossing, but its name belongs into the records of what it does; and it may run itself again.
void Lifecycle::learn_running(Session& session) {
    std::vector<FoundFile> files;
    for (pid_t pid : processes_below(session.cgroup)) {
        if (files.size() == kMaxRunning) break;
        auto root = open_root_of(pid);
        if (!root) continue;
        auto found = open_named(pid, *root, {"/proc/self/exe"});
        if (!found) continue;
        found->path = path_in_session(*session.root, *root, *found);
        files.push_back(*std::move(found));
    }
    if (!files.empty()) (void)programs_.learn(*session.policy, *session.root, files);
}

void Lifecycle::untag_all(const Session& session) {
    for (pid_t thread : threads_below(session.cgroup)) {
        if (Fd pidfd = open_pidfd_of_thread(thread); pidfd) (void)kernel_.untag_task(pidfd.get());
    }
}

Result<void> Lifecycle::save(const Session& session) {
    return store_.save(session, session.policy->policy.identity, session.policy->tables_id);
}

}  // namespace remit::session
