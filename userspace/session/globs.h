// The attach globs of all installed policies, as they are at this moment. A policy that becomes bad keeps the globs that it had while it
// was good. Used by daemon/attachments.h.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "policy/attach.h"
#include "session/guard.h"

namespace remit::session {

class Globs {
public:
    // cgroup_root: where globs begin.
    Globs(std::string policy_dir, std::string cgroup_root, Guard guard);

    // Reads what was installed, changed or removed since the last time. True: the globs are others now. Fails where the folder cannot be
    // read.
    Result<bool> refresh();
    // False: an installed policy is bad and never was good since this daemon started. Nobody knows what its globs were.
    bool complete() const;

    const std::vector<policy::Glob>& globs() const { return globs_; }
    // What is wrong, a sentence each: bad policies, globs that are guarded against, globs of two policies that mean the same cgroups.
    std::vector<std::string> problems() const;
    // What stands before the first `*` of each, as paths from the root of cgroup v2.
    std::vector<std::string> prefixes() const;
    // folder: absolute. Outside of the cgroup root nothing matches.
    policy::Match match(const std::string& folder) const;
    const std::string& cgroup_root() const { return cgroup_root_; }

private:
    struct Installed {
        std::string stamp;   // of the file that was read
        bool known = false;  // it was good once
        std::vector<policy::Pattern> patterns;
        std::vector<std::string> problems;
    };
    void read(const std::string& name, const std::string& path, Installed& installed) const;

    std::string policy_dir_;
    std::string cgroup_root_;
    Guard guard_;
    std::map<std::string, Installed> installed_;  // by name
    std::vector<policy::Glob> globs_;
    std::vector<std::string> conflicts_;
};

}  // namespace remit::session
