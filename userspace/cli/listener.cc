#include "cli/listener.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace remit::cli {
namespace {

// From 6.6: the answer wakes the caller on this CPU at once. Saves most of a round trip; older kernels answer EINVAL.
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

constexpr size_t kPathMax = 4096;

HeldCall read_call(const seccomp_notif& notification) {
    HeldCall call;
    call.id = notification.id;
    call.tid = static_cast<pid_t>(notification.pid);
    if (notification.data.nr != __NR_execve && notification.data.nr != __NR_execveat) {
        call.changes_paths = true;
        return call;
    }
    const __u64* arguments = notification.data.args;
    uint64_t path = arguments[0];
    if (notification.data.nr == __NR_execveat) {
        call.dirfd = static_cast<int>(arguments[0]);
        path = arguments[1];
        call.empty_path = (arguments[4] & AT_EMPTY_PATH) != 0;
    }
    if (call.tid > 0) {
        if (auto text = read_string(call.tid, path)) {
            call.readable = true;
            call.path = std::move(*text);
        }
    }
    call.empty_path = call.empty_path && call.path.empty();
    return call;
}

}  // namespace

std::optional<std::string> read_string(pid_t tid, uint64_t address) {
    static const uint64_t page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
    std::array<char, kPathMax> bytes;
    // A page at a time: the one behind the string's end may not be there, and is nobody's concern.
    for (size_t taken = 0; taken < bytes.size();) {
        const uint64_t at = address + taken;
        const size_t length = std::min<uint64_t>(page - at % page, bytes.size() - taken);
        iovec local{bytes.data() + taken, length}, remote{reinterpret_cast<void*>(at), length};
        if (::process_vm_readv(tid, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(length)) return std::nullopt;
        if (const void* end = std::memchr(local.iov_base, 0, length))
            return std::string(static_cast<const char*>(bytes.data()), static_cast<const char*>(end));
        taken += length;
    }
    return std::nullopt;
}

Result<Listener> Listener::make(Fd fd) {
    seccomp_notif_sizes sizes{};
    if (::syscall(__NR_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return errno_error("read sizes of", "seccomp notifications");
    ::ioctl(fd.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
    return Listener(std::move(fd), std::max<size_t>(sizes.seccomp_notif, sizeof(seccomp_notif)),
                    std::max<size_t>(sizes.seccomp_notif_resp, sizeof(seccomp_notif_resp)));
}

Result<std::optional<HeldCall>> Listener::receive() {
    std::fill(notification_.begin(), notification_.end(), 0);  // the kernel insists
    auto* notification = reinterpret_cast<seccomp_notif*>(notification_.data());
    if (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, notification) != 0) {
        if (errno == ENOENT || errno == EINTR) return std::optional<HeldCall>();
        return errno_error("receive", "seccomp notification");
    }
    HeldCall call = read_call(*notification);
    // What was read is the caller's only if the caller still waits: its number may have been given to another task meanwhile.
    if (!waits(call.id)) return std::optional<HeldCall>();
    return std::optional<HeldCall>(std::move(call));
}

bool Listener::waits(uint64_t id) const {
    return ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

void Listener::let_continue(uint64_t id) {
    respond(id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

void Listener::refuse(uint64_t id, int error) {
    respond(id, -error, 0);
}

void Listener::respond(uint64_t id, int error, uint32_t flags) {
    std::fill(response_.begin(), response_.end(), 0);
    auto* response = reinterpret_cast<seccomp_notif_resp*>(response_.data());
    response->id = id;
    response->error = error;
    response->flags = flags;
    while (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, response) != 0 && errno == EINTR) {
    }
}

}  // namespace remit::cli
