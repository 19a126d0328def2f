#include "session/sockets.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <map>

#include "base/fd.h"
#include "session/cgroup.h"

namespace remit::session {

namespace {

// A revocation answers within milliseconds; sessions live in one or two namespaces.
constexpr size_t kMaxNamespaces = 16;

}  // namespace

int end_sockets(kernel::Kernel& kernel, const Session& session, const std::function<bool(const remit_stamp&)>& wanted) {
    std::map<ino_t, Fd> namespaces;
    for (pid_t pid : processes_below(session.cgroup)) {
        const std::string path = "/proc/" + std::to_string(pid) + "/ns/net";
        struct stat status {};
        if (namespaces.size() >= kMaxNamespaces || ::stat(path.c_str(), &status) != 0 || namespaces.contains(status.st_ino)) continue;
        if (Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); fd) namespaces.emplace(status.st_ino, std::move(fd));
    }
    int ended = 0;
    for (const auto& [inode, fd] : namespaces) {
        auto count =
            kernel.destroy_sockets(fd.get(), [&](const remit_stamp& stamp) { return stamp.session == session.kernel_id && wanted(stamp); });
        if (count) ended += *count;
    }
    return ended;
}

}  // namespace remit::session
