// The filter itself, on a child of the test: each rule beside what it leaves alone.
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "cli/filter.h"

namespace remit::cli {
namespace {

// Runs in a child; what the function returns is the result. A death by signal is 1000 and the signal.
int in_child(const std::function<int()>& act) {
    pid_t pid = ::fork();
    if (pid == 0) ::_exit(act());
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool install(const FilterOptions& options) {
    auto code = build_filter(options);
    sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return ::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) >= 0;
}

// errno of socket() under the filter, 0 when it is made.
int socket_under(const FilterOptions& options, long family, long type, long protocol) {
    return in_child([=] {
        if (!install(options)) return 255;
        return ::syscall(__NR_socket, family, type, protocol) >= 0 ? 0 : errno;
    });
}

TEST(Filter, JudgedFamiliesPassAndOthersAreRefused) {
    FilterOptions families{.families = true, .refuse_foreign = true};
    EXPECT_EQ(socket_under(families, AF_INET, SOCK_STREAM, 0), 0);
    EXPECT_EQ(socket_under(families, AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), 0);
    EXPECT_EQ(socket_under(families, AF_UNIX, SOCK_STREAM, 0), 0);
    EXPECT_EQ(socket_under(families, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), 0);
    for (long family : {0L, static_cast<long>(AF_PACKET), static_cast<long>(AF_VSOCK), static_cast<long>(AF_ALG),
                        static_cast<long>(AF_BLUETOOTH), 44L, 99L})
        EXPECT_EQ(socket_under(families, family, SOCK_DGRAM, 0), EPERM) << family;
    EXPECT_EQ(socket_under(families, AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT), EPERM);
}

TEST(Filter, TheUpperHalfOfAnArgumentHidesNothing) {
    FilterOptions families{.families = true, .refuse_foreign = true};
    EXPECT_EQ(socket_under(families, (1L << 32) | AF_PACKET, SOCK_DGRAM, 0), EPERM);
    EXPECT_EQ(socket_under(families, (1L << 32) | AF_INET, SOCK_STREAM, 0), 0);
}

TEST(Filter, NothingToFilterIsNoFilter) {
    EXPECT_TRUE(build_filter({}).empty());
    EXPECT_NE(socket_under({.hold = true}, AF_VSOCK, SOCK_STREAM, 0), EPERM);
}

#if defined(__x86_64__)
TEST(Filter, ForeignCallsAreRefused) {
    auto x32 = [](bool refuse) {
        return in_child([=] {
            if (!install({.hold = true, .refuse_foreign = refuse})) return 255;
            return ::syscall(0x40000000 + __NR_getppid) >= 0 ? 0 : errno;
        });
    };
    EXPECT_EQ(x32(true), EPERM);
    EXPECT_NE(x32(false), EPERM);
    int compat = in_child([] {
        if (!install({.families = true, .refuse_foreign = true})) return 255;
        long result = 20;  // getpid of 32 bit
        asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
        return result == -EPERM ? 0 : 1;
    });
    EXPECT_TRUE(compat == 0 || compat == 1000 + SIGSEGV) << compat;  // SIGSEGV: the kernel has no 32 bit calls
}
#endif

constexpr FilterOptions kBase{.families = true, .refuse_foreign = true, .confine = true, .refuse_namespaces = true};

// errno of a call under the filter of the base tier, 0 when it passes.
int under(const FilterOptions& options, const std::function<long()>& call) {
    return in_child([&] {
        if (!install(options)) return 255;
        return call() >= 0 ? 0 : errno;
    });
}

TEST(Filter, RingsAreRefused) {
    auto make_ring = [] {
        io_uring_params params{};
        return ::syscall(__NR_io_uring_setup, 4, &params);
    };
    EXPECT_EQ(under(kBase, make_ring), EPERM);
    EXPECT_EQ(under({.hold = true}, make_ring), in_child([&] { return make_ring() >= 0 ? 0 : errno; }));
}

TEST(Filter, NobodyElsesProcessIsBorrowed) {
    pid_t parent = ::getpid();
    auto seize = [=](long request) { return [=] { return ::syscall(__NR_ptrace, request, parent, 0, 0); }; };
    EXPECT_EQ(under(kBase, seize(PTRACE_ATTACH)), EPERM);
    EXPECT_EQ(under(kBase, seize(PTRACE_SEIZE)), EPERM);
    EXPECT_EQ(under(kBase, [=] { return ::syscall(__NR_pidfd_getfd, -1, 0, 0); }), EPERM);
    EXPECT_NE(under({.hold = true}, [=] { return ::syscall(__NR_pidfd_getfd, -1, 0, 0); }), EPERM);
    int value = 0;
    iovec bytes{&value, sizeof(value)};
    EXPECT_EQ(under(kBase, [&] { return ::syscall(__NR_process_vm_writev, ::getpid(), &bytes, 1, &bytes, 1, 0); }), EPERM);
    EXPECT_EQ(under(kBase, [&] { return ::syscall(__NR_process_vm_readv, ::getpid(), &bytes, 1, &bytes, 1, 0); }), 0);
}

TEST(Filter, AChildThatAsksForItIsTraced) {
    EXPECT_EQ(under(kBase, [] { return ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }), 0);
    auto trace = [] {
        pid_t child = ::fork();
        if (child == 0) {
            ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
            ::raise(SIGSTOP);
            ::_exit(7);
        }
        int status = 0;
        if (::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return -1L;
        if (::ptrace(PTRACE_CONT, child, nullptr, nullptr) != 0) return -1L;
        return ::waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7 ? 0L : -1L;
    };
    EXPECT_EQ(under(kBase, trace), 0);
}

TEST(Filter, ProcessesAndThreadsGoOnWithoutClone3) {
    auto work = [] {
        int made = 0;
        std::thread([&] { made = 1; }).join();
        return made == 1 && in_child([] { return 5; }) == 5 ? 0L : -1L;
    };
    EXPECT_EQ(under(kBase, work), 0);
    auto clone3 = [] {
        clone_args args{};
        args.exit_signal = SIGCHLD;
        long pid = ::syscall(__NR_clone3, &args, sizeof(args));
        if (pid == 0) ::_exit(0);
        return pid;
    };
    EXPECT_EQ(under(kBase, clone3), ENOSYS);
    EXPECT_EQ(under({.hold = true}, clone3), 0);
}

TEST(Filter, UserNamespacesAreRefusedUnlessThePolicyHasThem) {
    FilterOptions allowed = kBase;
    allowed.refuse_namespaces = false;
    auto unshare = [] { return ::syscall(__NR_unshare, CLONE_NEWUSER); };
    auto clone = [] {
        long pid = ::syscall(__NR_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0) ::_exit(0);
        return pid;
    };
    auto enter = [] { return ::syscall(__NR_setns, -1, 0); };
    EXPECT_EQ(under(kBase, unshare), EPERM);
    EXPECT_EQ(under(kBase, clone), EPERM);
    EXPECT_EQ(under(kBase, enter), EPERM);
    EXPECT_EQ(under(allowed, enter), EBADF);
    EXPECT_EQ(under(allowed, unshare), under({.hold = true}, unshare));
    EXPECT_EQ(under(allowed, clone), under({.hold = true}, clone));
    EXPECT_EQ(under(kBase, [] { return ::syscall(__NR_unshare, CLONE_FILES); }), 0);
}

TEST(Filter, WhatChangesPathsIsHeldWithExecUnlessItIsRefused) {
    auto change_root = [] { return ::syscall(__NR_chroot, "/nonexistent"); };
    auto enter = [] { return ::syscall(__NR_setns, -1, 0); };
    EXPECT_EQ(under({.hold = true}, change_root), ENOSYS);  // a notification that nobody listens to
    EXPECT_NE(under(kBase, change_root), ENOSYS);
    EXPECT_EQ(under({.hold = true}, enter), ENOSYS);
    EXPECT_EQ(under({.hold = true, .refuse_namespaces = true}, enter), EPERM);
}

TEST(Filter, UnixSocketsAreRefusedWhereNobodyJudgesThemAndPairsStay) {
    FilterOptions old_kernel = kBase;
    old_kernel.refuse_unix = true;
    EXPECT_EQ(socket_under(old_kernel, AF_UNIX, SOCK_STREAM, 0), EPERM);
    EXPECT_EQ(socket_under(old_kernel, AF_INET, SOCK_STREAM, 0), 0);
    EXPECT_EQ(socket_under(kBase, AF_UNIX, SOCK_STREAM, 0), 0);
    EXPECT_EQ(under(old_kernel,
                    [] {
                        int ends[2];
                        return static_cast<long>(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
                    }),
              0);
}

}  // namespace
}  // namespace remit::cli
