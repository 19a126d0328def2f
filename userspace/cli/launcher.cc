#include "cli/launcher.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "abi/limits.h"

namespace remit::cli {
namespace {

// From 5.19: once the keeper has a notification, only a deadly signal breaks the call off. Without it a signal handler in the caller
// restarts the execve, and the daemon is asked twice.
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

struct Hello {
    int error = 0;       // errno of a failure that ends the launch
    char step[32] = {};  // what failed
    int hold_error = 0;
    unsigned sockets = 0;
};

// The AF_UNIX sockets that sshd and systemd give as standard streams stay: they are connected already, to who started the session. A
// network socket made outside the session would escape the session's programs.
bool is_network_socket(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    int domain = 0;
    socklen_t size = sizeof(domain);
    return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX;
}

unsigned replace_sockets() {
    unsigned replaced = 0;
    for (int fd = 0; fd <= 2; fd++) {
        if (!is_network_socket(fd)) continue;
        replaced |= 1U << fd;
        ::close(fd);
        int null = ::open("/dev/null", O_RDWR);  // the lowest free one is fd
        if (null >= 0 && null != fd) {
            ::dup2(null, fd);
            ::close(null);
        }
    }
    return replaced;
}

void close_others(int keep) {
    ::syscall(__NR_close_range, 3U, static_cast<unsigned>(keep) - 1, 0U);
    ::syscall(__NR_close_range, static_cast<unsigned>(keep) + 1, UINT_MAX, 0U);
}

int install(std::vector<sock_filter> code, unsigned long flags) {
    sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    return static_cast<int>(::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

// The listener, or -1 with hello saying why not.
int install_filter(FilterOptions options, Hello& hello) {
    if (options.hold) {
        int fd = install(build_filter(options), SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
        if (fd < 0 && errno == EINVAL) fd = install(build_filter(options), SECCOMP_FILTER_FLAG_NEW_LISTENER);
        if (fd >= 0) return fd;
        hello.hold_error = errno;
        options.hold = false;
    }
    auto code = build_filter(options);
    if (!code.empty() && install(std::move(code), 0) < 0) {
        hello.error = errno;
        std::strcpy(hello.step, "install the seccomp filter");
    }
    return -1;
}

// No program of the session has these capabilities again, whatever it executes and whoever it becomes.
void drop_capabilities(Hello& hello, bool keep_raw) {
    const __u64 dropped = keep_raw ? REMIT_REFUSED_CAPABILITIES & ~REMIT_CAPABILITY(REMIT_CAPABILITY_NET_RAW) : REMIT_REFUSED_CAPABILITIES;
    const auto fail = [&](const char* step) {
        hello.error = errno;
        std::strcpy(hello.step, step);
    };
    for (unsigned each = 0; each < 64; each++) {
        if (!(dropped >> each & 1)) continue;
        // EPERM: an ordinary user may not, and has none to lose; NO_NEW_PRIVS keeps it so. EINVAL: the kernel does not know it.
        if (::prctl(PR_CAPBSET_DROP, each, 0, 0, 0) != 0 && errno != EPERM && errno != EINVAL) return fail("drop a capability");
    }
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);  // EINVAL: a kernel without them has none to clear
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(__NR_capget, &header, data) != 0) return fail("read the capabilities");
    for (unsigned half = 0; half < _LINUX_CAPABILITY_U32S_3; half++) {
        const auto refused = static_cast<__u32>(dropped >> (32 * half));
        data[half].effective &= ~refused;
        data[half].permitted &= ~refused;
        data[half].inheritable = 0;
    }
    if (::syscall(__NR_capset, &header, data) != 0) return fail("give up capabilities");
}

// Root may; whoever else uses Remit may not write to a session's cgroup. The kernel moves a process only after a grace period of RCU, 5 to
// 15 ms, and has none to wait for at its birth.
pid_t fork_into(const std::string& cgroup) {
    if (Fd folder(::open(cgroup.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)); folder) {
        clone_args arguments{};
        arguments.flags = CLONE_INTO_CGROUP;
        arguments.exit_signal = SIGCHLD;
        arguments.cgroup = static_cast<__u64>(folder.get());
        if (long pid = ::syscall(__NR_clone3, &arguments, sizeof(arguments)); pid >= 0) return static_cast<pid_t>(pid);
    }
    return ::fork();
}

void send_hello(int channel, const Hello& hello, int listener) {
    iovec bytes{const_cast<Hello*>(&hello), sizeof(hello)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    if (listener >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof(control);
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &listener, sizeof(int));
    }
    ::sendmsg(channel, &message, MSG_NOSIGNAL);
}

[[noreturn]] void run_child(const Launch& launch, int channel) {
    Hello hello;
    close_others(channel);
    hello.sockets = replace_sockets();
    ::setenv("REMIT_SESSION", launch.session.c_str(), 1);
    ::setenv("REMIT_RUN_DIR", launch.run_dir.c_str(), 1);
    std::vector<char*> arguments;
    for (const std::string& argument : launch.command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    ::sigprocmask(SIG_SETMASK, &launch.signals, nullptr);

    int listener = -1;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        hello.error = errno;
        std::strcpy(hello.step, "set NO_NEW_PRIVS");
    } else {
        if (launch.drop_capabilities) drop_capabilities(hello, launch.keep_raw);
        if (!hello.error) listener = install_filter(launch.filter, hello);
    }
    send_hello(channel, hello, listener);
    if (listener >= 0) ::close(listener);
    char go = 0;
    if (hello.error || ::recv(channel, &go, 1, 0) != 1) ::_exit(125);

    ::execvp(arguments[0], arguments.data());
    int error = errno;
    ::send(channel, &error, sizeof(error), MSG_NOSIGNAL);
    ::_exit(error == ENOENT ? 127 : 126);
}

Result<Hello> receive_hello(Launched& launched) {
    Hello hello;
    iovec bytes{&hello, sizeof(hello)};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    ssize_t got;
    do got = ::recvmsg(launched.channel.get(), &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof(hello)))
        return Error{Code::kInternal, "the child ended before CMD could start", "was it interrupted?"};
    if (cmsghdr* header = CMSG_FIRSTHDR(&message); header && header->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(header), sizeof(fd));
        launched.listener.reset(fd);
    }
    hello.step[sizeof(hello.step) - 1] = 0;
    return hello;
}

}  // namespace

Result<Launched> launch(const Launch& launch) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return errno_error("open", "channel to the child");
    Launched launched;
    launched.channel.reset(ends[0]);
    Fd theirs(ends[1]);
    launched.pid = fork_into(launch.cgroup);
    if (launched.pid < 0) return errno_error("fork");
    if (launched.pid == 0) run_child(launch, theirs.get());
    theirs.reset();
    auto hello = receive_hello(launched);
    if (hello && hello->error) {
        errno = hello->error;
        hello = errno_error(hello->step);
    }
    if (!hello) {
        launched.channel.reset();
        ::waitpid(launched.pid, nullptr, 0);
        return std::move(hello).error();
    }
    launched.hold_error = hello->hold_error;
    launched.sockets = hello->sockets;
    return launched;
}

Result<void> let_go(const Launched& launched) {
    if (::send(launched.channel.get(), "g", 1, MSG_NOSIGNAL) != 1) return errno_error("let go", "the child");
    return {};
}

int read_exec_error(const Launched& launched) {
    int error = 0;
    ssize_t got = ::recv(launched.channel.get(), &error, sizeof(error), MSG_DONTWAIT);
    return got == static_cast<ssize_t>(sizeof(error)) ? error : 0;
}

}  // namespace remit::cli
