// Starts CMD so that it runs its first instruction inside the session: forks a child that closes what it must not inherit, gives up
// capabilities, puts the filter on itself, hands over the listener, waits for the word, and only then executes CMD. Used by `remit run`.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "cli/filter.h"

namespace remit::cli {

struct Launch {
    std::vector<std::string> command;  // found along PATH by the child itself, as execvp does
    std::string session;               // becomes REMIT_SESSION
    FilterOptions filter;
    sigset_t signals{};             // the mask that CMD starts with
    bool drop_capabilities = true;  // those of REMIT_REFUSED_CAPABILITIES, for good
    bool keep_raw = false;          // but for NET_RAW: the policy names raw sockets
    std::string run_dir{};          // becomes REMIT_RUN_DIR, where the session finds its agent socket
    std::string cgroup{};           // the session's: the child is born in it where we may, otherwise the daemon moves it there
};

// A child that waits for go(), with its filter on.
struct Launched {
    pid_t pid = 0;
    Fd channel;            // go() is written here; afterwards readable: 4 bytes of errno when CMD could not be executed, or its end
    Fd listener;           // invalid without a hold
    int hold_error = 0;    // why there is no hold although one was asked for (EBUSY: a filter further up holds already)
    unsigned sockets = 0;  // bits 0..2: descriptors that were network sockets and are /dev/null now
};

Result<Launched> launch(const Launch& launch);
// Lets the child execute CMD.
Result<void> let_go(const Launched& launched);
// After the channel became readable: errno of CMD's execution; 0 when CMD runs (or the child is dead).
int read_exec_error(const Launched& launched);

}  // namespace remit::cli
