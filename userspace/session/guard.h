// What no session may ever be bound to: the root of the hierarchy, the daemon's own cgroup, pid 1's, and the ancestors of both (DESIGN §5,
// the guard). Asked by session/lifecycle.h before every bind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace remit::session {

class Guard {
public:
    // mount: where the cgroup v2 hierarchy is mounted; own and init: cgroup paths below it as /proc/PID/cgroup gives them ("/a/b").
    Guard(std::string mount, std::vector<std::string> own_and_init);
    // The guard of the running daemon.
    static Result<Guard> make();

    // folder: absolute; id: its cgroup id. Not permitted when the folder is guarded or lies outside the hierarchy.
    Result<void> check(const std::string& folder, uint64_t id) const;
    // folder: absolute, below which an attach glob means cgroups, or which it means; it need not exist.
    Result<void> check_glob(const std::string& folder) const;
    // "/a/b" of a folder in the hierarchy; empty of another one.
    std::string path_of(const std::string& folder) const;

private:
    std::string mount_;
    std::vector<std::string> guarded_;  // real folders: neither they nor an ancestor of theirs may be bound
};

}  // namespace remit::session
