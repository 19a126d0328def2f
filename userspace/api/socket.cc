#include "api/socket.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "api/metrics_socket.h"
#include "base/pidfd.h"

namespace remit::api {
namespace {

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

constexpr int kBacklog = 128;

Result<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path))
        return Error{Code::kUsage, "path of the daemon's socket is too long: " + path, "choose a --run-dir of at most 90 bytes"};
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Result<Fd> open_socket(int flags) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    if (!fd) return errno_error("open", "unix socket");
    return fd;
}

int connect_to(const Fd& fd, const sockaddr_un& address) {
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

Result<void> replace_stale(const std::string& path, const sockaddr_un& address) {
    auto probe = open_socket(SOCK_NONBLOCK);
    if (!probe) return std::move(probe).error();
    if (connect_to(*probe, address) == 0 || errno == EAGAIN)
        return Error{Code::kUnavailable, "another remitd listens on " + path, "stop it, or give this one a --run-dir of its own"};
    if (errno == ECONNREFUSED && ::unlink(path.c_str()) != 0) return errno_error("remove stale", path);
    return {};
}

Result<void> restrict_access(const std::string& path) {
    const group* owner = ::getgrnam(kControlGroup);
    gid_t gid = owner ? owner->gr_gid : ::getegid();
    if (::chown(path.c_str(), static_cast<uid_t>(-1), gid) != 0) return errno_error("give to group", path);
    if (::chmod(path.c_str(), 0660) != 0) return errno_error("chmod", path);
    return {};
}

Result<void> open_to_all(const std::string& path) {
    if (::chmod(path.c_str(), 0666) != 0) return errno_error("chmod", path);
    return {};
}

Result<Fd> listen_at(const std::string& path, Result<void> (*publish)(const std::string&)) {
    auto address = address_of(path);
    if (!address) return std::move(address).error();
    if (auto replaced = replace_stale(path, *address); !replaced) return std::move(replaced).error();
    auto fd = open_socket(SOCK_NONBLOCK);
    if (!fd) return fd;
    // Nobody else may connect between bind and chmod.
    mode_t before = ::umask(0177);
    int bound = ::bind(fd->get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address));
    ::umask(before);
    if (bound != 0) return errno_error("bind", path);
    if (auto published = publish(path); !published) return std::move(published).error();
    if (::listen(fd->get(), kBacklog) != 0) return errno_error("listen on", path);
    return fd;
}

// errno stays that of what failed.
Fd connect_at(const sockaddr_un& address) {
    // A full backlog must say so at once: a stopped daemon hangs nobody.
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd && connect_to(fd, address) != 0) {
        const int error = errno;
        fd.reset();
        errno = error;
    }
    return fd;
}

Error no_daemon(const std::string& path, int error) {
    return Error{Code::kUnavailable, "no daemon at " + path + ": " + std::strerror(error),
                 "start remitd, or name its folder with --run-dir or REMIT_RUN_DIR"};
}

Result<Fd> connect_as_operator(const std::string& path) {
    auto address = address_of(path);
    if (!address) return std::move(address).error();
    if (Fd fd = connect_at(*address)) return fd;
    const int error = errno;
    if (error == EACCES || error == EPERM)
        return Error{Code::kNotPermitted, "connect " + path + ": " + std::strerror(error), "use sudo, or join the group `remit`"};
    return no_daemon(path, error);
}

// The number may be another process's by the time that it is read; the descriptor never is.
Fd open_peer(int socket, pid_t pid) {
    int pidfd = -1;
    socklen_t size = sizeof(pidfd);
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0) return Fd(pidfd);
    if (errno != ENOPROTOOPT || pid == 0) return Fd();
    return open_pidfd(pid);
}

}  // namespace

std::string control_path(const std::string& run_dir) {
    return run_dir + "/control.sock";
}

std::string agent_path(const std::string& run_dir) {
    return run_dir + "/agent.sock";
}

std::string metrics_path(const std::string& run_dir) {
    return run_dir + "/metrics.sock";
}

Result<Fd> listen_metrics(const std::string& run_dir) {
    return listen_at(metrics_path(run_dir), restrict_access);
}

Result<Fd> listen_control(const std::string& run_dir) {
    return listen_at(control_path(run_dir), restrict_access);
}

Result<Fd> listen_agent(const std::string& run_dir) {
    return listen_at(agent_path(run_dir), open_to_all);
}

Result<Fd> accept_waiting(const Fd& listener) {
    Fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ECONNABORTED)
        return errno_error("accept", "a connection");
    return fd;
}

Result<Fd> connect_control(const std::string& run_dir) {
    return connect_as_operator(control_path(run_dir));
}

Result<Fd> connect_metrics(const std::string& run_dir) {
    return connect_as_operator(metrics_path(run_dir));
}

Result<Fd> connect_agent(const std::string& run_dir) {
    const std::string path = agent_path(run_dir);
    auto address = address_of(path);
    if (!address) return std::move(address).error();
    if (Fd fd = connect_at(*address)) return fd;
    const int error = errno;
    if (error == EACCES || error == EPERM)
        return Error{
            Code::kUnsupported, "this session cannot reach " + path + ": " + std::strerror(error),
            "an operator sees the same by `remit why`, and may grant by `remit grant`; `remit doctor` says where sessions can ask"};
    return no_daemon(path, error);
}

Result<Peer> read_peer(int socket) {
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return errno_error("read credentials of", "peer");
    Peer peer{credentials.pid, credentials.uid, credentials.gid, {}, open_peer(socket, credentials.pid)};
    size = 0;
    // The first call says how much there is (ERANGE), the second reads it. A peer without supplementary groups gives 0 bytes.
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size) == 0) return peer;
    if (errno != ERANGE) return errno_error("read groups of", "peer");
    peer.groups.resize(size / sizeof(gid_t));
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &size) != 0) return errno_error("read groups of", "peer");
    return peer;
}

}  // namespace remit::api
