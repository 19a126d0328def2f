// One session as user space knows it: who, for whom, under which policy, until when, in which cgroup. Passive data;
// made and changed by session/lifecycle.h, read by daemon/.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abi/socket.h"

namespace remit::session {

struct LoadedPolicy;
struct Root;

enum class Origin { kRun, kAttach };
enum class State { kArmed, kRevoked, kExpired, kEnded, kDetached };

std::string_view state_name(State state);

// What the starter says of the session; recorded as claimed, decided by never.
struct Claims {
    std::string name;
    std::string agent;
    std::string on_behalf_of;
    std::string purpose;
    std::string task;
};

// Who acted, from the kernel's credentials of the connection.
struct Actor {
    uid_t uid = 0;
    std::vector<gid_t> gids;
    uid_t login_uid = static_cast<uid_t>(-1);
    pid_t pid = 0;
    std::string exec_id;  // pid and start time: names the process even when its pid is used again
    std::string via;      // "control.sock", "daemon"
};

// A tool that an operator gave a session, beside what its policy grants.
struct OperatorGrant {
    std::string tool;
    uint64_t until_ns = 0;  // since session start; 0: no end
    uint32_t max_uses = 0;  // 0: no limit
    uint32_t counter = 0;
    std::string text;  // as rules are named
};

// What tells a session's own tables from those of its policy. Tools, labels and counters keep the numbers that they had when the session
// began, so that what was seen, approved and used means the same under every policy that it comes under.
struct Own {
    std::vector<std::string> tools;  // by number
    std::vector<std::string> labels;
    std::vector<uint32_t> counters;  // of the policy's grants, in their order
    uint32_t next_counter = 0;       // never given out so far
    std::vector<OperatorGrant> grants;
    std::vector<std::string> within;  // SHA-256 of the policies of the line that are others than the topmost's, downwards
};

// Tables that a session is being switched to.
struct Switch {
    std::string policy_sha256;
    uint32_t tables_id = 0;
    std::optional<Own> own;
};

// A container's first process, in which its runtime has yet to set it up. process 0: none.
struct SetUp {
    pid_t process = 0;
    uint64_t start_ns = 0;  // boot time, as exact as clock ticks are
};

struct Session {
    std::string id;          // UUIDv7, 36 characters
    uint64_t kernel_id = 0;  // never 0
    uint32_t slot = 0;       // 1..REMIT_MAX_SESSIONS-1
    Origin origin = Origin::kRun;
    State state = State::kArmed;

    uint64_t parent = 0;               // kernel id of the session that this one is below; 0: of none
    std::vector<std::string> lineage;  // ids of all above, the topmost first

    std::string cgroup;  // absolute folder
    uint64_t cgroup_id = 0;

    std::shared_ptr<LoadedPolicy> policy;
    std::shared_ptr<const Root> root;  // in which the policy's paths are read: where the session began, whatever its tasks make of theirs
    uint64_t root_mounts = 0;          // mount namespace of root
    uint32_t generation = 1;
    std::optional<Own> own;      // nothing: the tables are the policy's, as all its sessions have them
    std::optional<Switch> next;  // only while it is under way

    Claims claims;
    Actor starter;
    uint64_t start_ns = 0;          // boot time
    uint64_t expires_ns = 0;        // boot time; 0: never
    uint64_t refused_since_ns = 0;  // boot time from before the word was written by which everything is refused; 0: it is not
    std::string started_at;         // RFC 3339, UTC
    std::string expires_at;         // empty: never
    std::string attached_by;        // the attach glob of its policy that means its cgroup; empty: a person started or attached it
    SetUp set_up;                   // of its container, where it is one in the making; not kept over a restart, as its slot is
    size_t ran_before = 0;          // processes that were in it by then, and ran what nobody had judged; not kept over a restart
    bool linger = false;
    bool holds_exec = false;
    bool bound = false;  // a task was bound: an empty cgroup now means that the session is over

    bool suspended = false;              // refused everything while the trail cannot be written
    std::string end_reason;              // why it was revoked or ended
    uint64_t kill_at_ns = 0;             // boot time at which what is left is killed; 0: not planned
    remit_session last{};                // the slot's counts, kept when the slot is given back
    std::vector<remit_flow> last_flows;  // what was sent and received by tool and endpoint, kept with them
};

// For people: the state, or that it is suspended for now.
std::string_view shown_state(const Session& session);

}  // namespace remit::session
