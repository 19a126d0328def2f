// Cgroups that an installed policy's attach glob means become sessions: those that are there when the daemon or the policy comes, and those
// that are made later, which wait in limbo until they are looked at here. Owned by daemon/service.h.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/lives.h"
#include "daemon/loop.h"
#include "daemon/policy_loader.h"
#include "daemon/resolver.h"
#include "session/globs.h"

namespace remit::daemon {

class Attachments {
public:
    Attachments(Loop& loop, kernel::Kernel& kernel, session::Lifecycle& sessions, Recorder& recorder, Lives& lives, Resolver& resolver,
                PolicyLoader& policies, session::Globs globs);

    // What is installed now, and what was made while no daemon was there.
    void begin();
    // A policy may have been installed, changed or removed: the folder is looked at again.
    void refresh();
    // The kernel told of a cgroup that waits; it is looked at by settle().
    void on_made() { made_ = true; }
    bool waits() const { return made_; }
    void settle();
    // Which files init's executors are; a package may have brought others.
    void know_executors();
    // Once a second: policies, and cgroups that still wait.
    void on_time();

    const session::Globs& globs() const { return globs_; }

private:
    // A cgroup that could not be bound.
    struct Failed {
        std::string why;
        uint64_t again_ns = 0;  // boot time
    };

    void apply();
    void walk(const std::string& folder);
    // False: there was no time for all of them.
    bool look_at_waiting();
    void settle_soon(uint64_t delay_ns);
    // True: it waits no longer.
    bool look_at(const std::string& folder, uint64_t cgroup_id);
    bool bind(const std::string& folder, uint64_t cgroup_id, const policy::Glob& glob);
    Result<void> attach(const std::string& folder, const policy::Glob& glob, size_t ran_before);

    Loop& loop_;
    kernel::Kernel& kernel_;
    session::Lifecycle& sessions_;
    Recorder& recorder_;
    Lives& lives_;
    Resolver& resolver_;
    PolicyLoader& policies_;
    session::Globs globs_;
    std::unordered_map<uint64_t, Failed> failed_;  // by cgroup id
    std::string unreadable_;                       // why the policy folder cannot be read
    bool begun_ = false;
    bool made_ = false;
    bool soon_ = false;
    uint64_t looked_at_ = 0;  // the last cgroup in limbo: the next turn goes on behind it
};

}  // namespace remit::daemon
