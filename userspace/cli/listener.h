// The keeper's end of the exec hold: seccomp notifications of the calls that cli/filter.h holds, and their answers. Used by hold.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace remit::cli {

// One call that waits. Path and flags as the caller gave them.
struct HeldCall {
    uint64_t id = 0;
    pid_t tid = 0;  // in our pid namespace; 0: not visible there
    std::string path;
    int dirfd = -100;  // AT_FDCWD
    bool empty_path = false;
    bool readable = false;       // path could be read
    bool changes_paths = false;  // no exec: from now on paths may lead elsewhere for its caller than for us
};

class Listener {
public:
    static Result<Listener> make(Fd fd);

    int fd() const { return fd_.get(); }
    // The next waiting call; nothing when its task is gone already. To be called when the descriptor is readable.
    Result<std::optional<HeldCall>> receive();
    // Does the task still wait?
    bool waits(uint64_t id) const;
    // A task that is gone meanwhile is no error.
    void let_continue(uint64_t id);
    void refuse(uint64_t id, int error);

private:
    Listener(Fd fd, size_t notification_bytes, size_t response_bytes)
        : fd_(std::move(fd)), notification_(notification_bytes / 8 + 1), response_(response_bytes / 8 + 1) {}
    void respond(uint64_t id, int error, uint32_t flags);

    Fd fd_;
    // The kernel's structs may grow: it says how long they are, and writes that much.
    std::vector<uint64_t> notification_;
    std::vector<uint64_t> response_;
};

// A string of another task, at most 4096 bytes with its closing zero (PATH_MAX); nothing when it cannot be read or does not end.
std::optional<std::string> read_string(pid_t tid, uint64_t address);

}  // namespace remit::cli
