// Sessions from start to end: the order in which cgroup, tables, slot, tags and files are made and taken away, so that nothing is ever half
// enforced. One thread; owned by daemon/, which records and logs what is returned here.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "session/guard.h"
#include "session/names.h"
#include "session/policies.h"
#include "session/programs.h"
#include "session/registry.h"
#include "session/store.h"
#include "session/unix_sockets.h"

namespace remit::session {

// What a starter asks for. lifetime_ns 0: the policy's; else the shorter of both.
struct StartRequest {
    std::shared_ptr<LoadedPolicy> policy;
    Claims claims;
    Actor starter;
    uint64_t lifetime_ns = 0;
    bool linger = false;
    bool holds_exec = false;
    std::string attached_by{};  // the glob that means the cgroup; empty: a person asked
    size_t ran_before = 0;      // processes that are in the cgroup, without having waited there
    Session* parent = nullptr;  // the session below which it is; policy: that one's, or what narrows it
    pid_t root_of = 0;          // the process in whose root the policy's paths are read: the starter, or one that is in the cgroup already
    std::string root_folder{};  // below that root: what will be its root soon
    SetUp set_up{};
};

// What adoption found.
struct Adoption {
    std::vector<Session*> adopted;
    std::vector<Session*> over;  // their cgroup vanished, the host was started anew, or their pins were removed; retired already
    std::vector<std::string> problems;
};

class Lifecycle {
public:
    // cgroup_root: folder under which `remit/<id>` cgroups are made.
    Lifecycle(kernel::Kernel& kernel, Store& store, Guard guard, std::string cgroup_root);

    Registry& registry() { return registry_; }
    Policies& policies() { return policies_; }
    Programs& programs() { return programs_; }
    UnixSockets& unix_sockets() { return unix_sockets_; }
    Names& names() { return names_; }

    // A session in a cgroup of its own, armed and empty.
    Result<Session*> start(const StartRequest& request);
    // A session over an existing cgroup and everything in it.
    Result<Session*> attach(const StartRequest& request, const std::string& cgroup);
    // Moves a waiting process into the session and tags it. pid: in the daemon's pid namespace.
    Result<void> bind_process(Session& session, pid_t pid);

    // An attached session lets its tasks go.
    Result<void> detach(Session& session);
    // Refuses everything from here on; returns when the state word is written and sockets are ended. kill: SIGKILL to all of it.
    Result<void> revoke(Session& session, const std::string& reason, bool kill);
    // The kernel refuses by itself from expires_ns on; this makes sockets and user space follow.
    void expire(Session& session);
    // The command is over: refuses everything, plans to kill what is left unless the session lingers.
    void end(Session& session, const std::string& reason);
    // Takes everything away when nothing is left in the cgroup. true: the session is over and retired.
    bool finish(Session& session);
    // SIGKILL to what is left, when its time has come. Planned by end(), and anew for an ended session that was adopted.
    void kill_later(Session& session);
    void kill_due(Session& session, uint64_t now_ns);
    // Packet programs of sessions that are over go with the last socket that somebody outside holds; looked at now and then.
    void let_programs_go();

    // Other tables from now on, by one word: one more grant, or another policy. What was seen, approved and used goes on. On an error
    // nothing has changed.
    Result<void> grant(Session& session, OperatorGrant grant);
    Result<void> reload(Session& session, std::shared_ptr<LoadedPolicy> next);
    // The tables that held before are taken away, when no crossing is judged by them any more.
    void withdraw_due(uint64_t now_ns);
    // expires_ns: boot time. An expired session goes on.
    Result<void> renew(Session& session, uint64_t expires_ns);

    // While the trail cannot be written and the policy says REFUSE: everything is refused, and goes on afterwards, also when another
    // daemon adopted it in between. false: it was so already, or is over.
    bool suspend(Session& session);
    bool resume(Session& session);
    // A person's approval of a tool for this session, for as long as it says; a no, or no answer, which refuses until it is forgotten.
    Result<void> approve(Session& session, uint16_t tool, const policy::Approval& given);
    void reject(Session& session, uint16_t tool);
    void forget_rejection(Session& session, uint16_t tool);
    // Connects that were held and are refused now hear of it at once.
    void end_refused_sockets(const Session& session);
    // Ends those whose stamp is wanted. The kernel drops their packets already.
    void end_sockets_if(const Session& session, const std::function<bool(const remit_stamp&)>& wanted);
    // The kernel made the session's verdicts stale by itself, when a mark cut sockets.
    void follow_generation(Session& session);
    // What stamps of its sockets are stale by, as the kernel adds it up.
    uint32_t generation_of_line(const Session& session);
    remit_session counts(const Session& session);
    // What it sent and received, by tool and endpoint.
    std::vector<remit_flow> flows(const Session& session);
    // The counts as they are now are those that stay.
    void keep_counts(Session& session);
    // TCP sockets of sessions that send from a port, in whichever network namespace a session's process or the daemon is; those that cannot
    // be looked into are left out.
    std::vector<remit_open_socket> sockets_from(uint16_t local_port);
    bool in_session(pid_t pid);
    // Is the task in the cgroup of this session, and of none below it?
    bool is_at(const Session& session, pid_t tid);
    // Whose process it is, by its tag and its cgroup: the session that both name, or that one names alone. pid: the number of pidfd's
    // process. kNotPermitted: it is in no session, in doubt, or gone.
    Result<Session*> session_of(int pidfd, pid_t pid);
    // A task that carries a session's tag outside of its cgroup is killed. false: it is not such a task, or gone.
    bool kill_if_outside(pid_t pid);
    // A task of no session that was pulled into one's cgroup goes to the folder above it, which comes back; empty: nothing was to be done.
    Result<std::string> move_out_again(pid_t pid);

    // After a restart: the registry from the state folder and the kernel's table.
    Adoption adopt();

private:
    Result<void> narrow(Session& session, const Session& parent);
    Result<Session*> arm(std::unique_ptr<Session> session, pid_t root_of, const std::string& root_folder);
    Result<void> enforce(Session& session);
    void undo(Session& session);
    void refuse_from_now(Session& session, State state, remit_state word);
    void tag_existing(const Session& session);
    void learn_running(Session& session);
    void untag_all(const Session& session);
    Result<void> save(const Session& session);
    Result<void> switch_to(Session& session, std::shared_ptr<LoadedPolicy> next, std::optional<Own> own);
    Result<void> prepare(Session& session, LoadedPolicy& next, bool published);
    void settle_switch(StoredSession& stored, uint32_t tables_id);
    void withdraw_strangers();
    void release(Session& session);
    bool readopt(StoredSession& stored, Adoption& adoption);
    void retire_stored(StoredSession& stored, Adoption& adoption);
    void find_root(Session& session);
    void refuse_strangers(Adoption& adoption);
    remit_session& slot(const Session& session) { return *kernel_.session(session.slot); }

    kernel::Kernel& kernel_;
    Store& store_;
    Guard guard_;
    std::string cgroup_root_;
    Registry registry_;
    Policies policies_;
    Programs programs_;
    UnixSockets unix_sockets_;
    Names names_;
    struct Retired {
        std::shared_ptr<LoadedPolicy> policy;
        uint64_t session = 0;  // kernel id
        uint64_t due_ns = 0;
    };
    std::deque<Retired> retired_;                                  // oldest first
    std::vector<std::pair<uint64_t, uint32_t>> retired_counters_;  // session and counter
    std::vector<uint64_t> leaving_;                                // sessions that are over, and whose programs are still attached
};

}  // namespace remit::session
