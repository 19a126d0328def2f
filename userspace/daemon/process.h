// What /proc says of a process: its place in another pid namespace, its parent, its start. For the control server and for questions.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace remit::daemon {

struct ProcessFacts {
    pid_t pid = 0;  // of the thread group
    pid_t parent = 0;
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<pid_t> namespace_pids;  // of the thread, outermost first
    std::string comm;
    uint64_t start_ns = 0;  // boot time, as exact as clock ticks are
};

// tid: of any thread, in the daemon's pid namespace. Nothing when it is gone.
std::optional<ProcessFacts> read_process(pid_t tid);
uid_t read_login_uid(pid_t pid);
// The thread that `peer` calls `tid`: the same number, or the number in the daemon's namespace where the peer lives in an inner one.
std::optional<pid_t> outer_tid(pid_t peer, pid_t tid);

}  // namespace remit::daemon
