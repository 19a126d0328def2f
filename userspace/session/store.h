// The state folder: a file a session, the sources of their policies under their hash, and the last number given to tables. Written before
// a session is armed, so that a daemon that comes back knows everything that the kernel enforces. Nobody waits for the disk: what the
// kernel enforces is gone with the power, too, and a session's file is only wanted then to record its end. Used by session/lifecycle.h.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/source.h"
#include "session/session.h"

namespace remit::session {

// A session as read back, without its policy.
struct StoredSession {
    Session session;
    std::string policy_sha256;
    uint32_t tables_id = 0;
    bool this_boot = false;
};

class Store {
public:
    static Result<Store> open(const std::string& state_dir);

    Result<void> save(const Session& session, const std::string& policy_sha256, uint32_t tables_id);
    void remove(const std::string& id);
    // Files that cannot be read are named in problems and left where they are; such that a power cut emptied are removed.
    std::vector<StoredSession> load(std::vector<std::string>& problems);

    Result<void> save_policy(const std::string& sha256, const policy::Source& source);
    Result<policy::Source> load_policy(const std::string& sha256);

    // Never the same twice, also over restarts: the kernel may still hold entries of a number that was used.
    Result<uint32_t> next_tables_id();

private:
    explicit Store(std::string state_dir) : state_dir_(std::move(state_dir)) {}
    std::string session_path(const std::string& id) const;
    std::string state_dir_;
};

}  // namespace remit::session
