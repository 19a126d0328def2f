#include "daemon/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <string>
#include <thread>

namespace remit::daemon {

uint64_t network_of(pid_t pid) {
    struct stat status {};
    return ::stat(("/proc/" + std::to_string(pid) + "/ns/net").c_str(), &status) == 0 ? status.st_ino : 0;
}

Result<names::Sockets> open_sockets_in(pid_t pid, uint64_t number, uint16_t port) {
    struct stat own {};
    if (::stat("/proc/self/ns/net", &own) == 0 && own.st_ino == number) return names::open_sockets(port);
    const Fd space(::open(("/proc/" + std::to_string(pid) + "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
    struct stat found {};
    if (!space || ::fstat(space.get(), &found) != 0 || found.st_ino != number)
        return Error{Code::kMissing, "the network namespace of process " + std::to_string(pid) + " is gone", ""};
    Result<names::Sockets> opened = Error{Code::kInternal, "no thread could enter it", ""};
    // A thread of its own, which ends in there: the daemon's never leaves its namespace.
    std::thread visitor([&] {
        if (::setns(space.get(), CLONE_NEWNET) != 0)
            opened = errno_error("enter the network namespace of process", std::to_string(pid));
        else
            opened = names::open_sockets(port);
    });
    visitor.join();
    return opened;
}

}  // namespace remit::daemon
