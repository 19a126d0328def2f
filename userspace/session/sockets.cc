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
// Of all sessions, where somebody waits for an answer.
constexpr size_t kMaxNamespacesOfAll = 256;

using Namespaces = std::map<ino_t, Fd>;

void add_namespace(Namespaces& namespaces, const std::string& process, size_t most) {
    const std::string path = "/proc/" + process + "/ns/net";
    struct stat status {};
    if (namespaces.size() >= most || ::stat(path.c_str(), &status) != 0 || namespaces.contains(status.st_ino)) return;
    if (Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); fd) namespaces.emplace(status.st_ino, std::move(fd));
}

}  // namespace

int end_sockets(kernel::Kernel& kernel, const Session& session, const std::function<bool(const remit_stamp&)>& wanted) {
    Namespaces namespaces;
    for (pid_t pid : processes_below(session.cgroup)) add_namespace(namespaces, std::to_string(pid), kMaxNamespaces);
    int ended = 0;
    for (const auto& [inode, fd] : namespaces) {
        auto count =
            kernel.destroy_sockets(fd.get(), [&](const remit_stamp& stamp) { return stamp.session == session.kernel_id && wanted(stamp); });
        if (count) ended += *count;
    }
    return ended;
}

std::vector<remit_open_socket> find_sockets(kernel::Kernel& kernel, const std::vector<std::string>& cgroups, uint16_t local_port) {
    Namespaces namespaces;
    add_namespace(namespaces, "self", kMaxNamespacesOfAll);  // where sockets of a container's host may be, too
    for (const std::string& cgroup : cgroups) {
        for (pid_t pid : processes_below(cgroup)) add_namespace(namespaces, std::to_string(pid), kMaxNamespacesOfAll);
    }
    std::vector<remit_open_socket> found;
    for (const auto& [inode, fd] : namespaces) {
        if (auto here = kernel.sockets_from(fd.get(), local_port)) found.insert(found.end(), here->begin(), here->end());
    }
    return found;
}

}  // namespace remit::session
