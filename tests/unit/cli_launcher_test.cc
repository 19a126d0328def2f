// What the child gets: the filter on sockets and foreign calls, its standard streams, and a second listener that cannot be.
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "cli/known.h"
#include "cli/launcher.h"

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

bool install(const FilterOptions& options, unsigned long flags = 0) {
    auto code = build_filter(options);
    sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return ::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) >= 0;
}

// errno of socket() under the filter, 0 when it is made.
int socket_under(const FilterOptions& options, long family, long type, long protocol) {
    return in_child([=] {
        if (!install(options)) return 255;
        return ::syscall(__NR_socket, family, type, protocol) >= 0 ? 0 : errno;
    });
}

TEST(Filter, JudgedFamiliesPassAndOthersAreRefused) {
    FilterOptions families{false, true, true};
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
    FilterOptions families{false, true, true};
    EXPECT_EQ(socket_under(families, (1L << 32) | AF_PACKET, SOCK_DGRAM, 0), EPERM);
    EXPECT_EQ(socket_under(families, (1L << 32) | AF_INET, SOCK_STREAM, 0), 0);
}

TEST(Filter, NothingToFilterIsNoFilter) {
    EXPECT_TRUE(build_filter({}).empty());
    EXPECT_NE(socket_under({true, false, false}, AF_VSOCK, SOCK_STREAM, 0), EPERM);
}

#if defined(__x86_64__)
TEST(Filter, ForeignCallsAreRefused) {
    auto x32 = [](bool refuse) {
        return in_child([=] {
            if (!install({true, false, refuse})) return 255;
            return ::syscall(0x40000000 + __NR_getppid) >= 0 ? 0 : errno;
        });
    };
    EXPECT_EQ(x32(true), EPERM);
    EXPECT_NE(x32(false), EPERM);
    int compat = in_child([] {
        if (!install({false, true, true})) return 255;
        long result = 20;  // getpid of 32 bit
        asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
        return result == -EPERM ? 0 : 1;
    });
    EXPECT_TRUE(compat == 0 || compat == 1000 + SIGSEGV) << compat;  // SIGSEGV: the kernel has no 32 bit calls
}
#endif

TEST(Launcher, ASecondListenerIsAShortfallNotAnError) {
    int result = in_child([] {
        if (!install({true, false, false}, SECCOMP_FILTER_FLAG_NEW_LISTENER)) return 1;
        auto launched = launch({{"/bin/true"}, "s1", {true, true, true}, {}});
        if (!launched) return 2;
        bool shortfall = launched->hold_error == EBUSY && !launched->listener;
        ::kill(launched->pid, SIGKILL);
        ::waitpid(launched->pid, nullptr, 0);
        return shortfall ? 0 : 3;
    });
    EXPECT_EQ(result, 0);
}

TEST(Launcher, NetworkSocketsAsStandardStreamsAreReplacedUnixOnesKept) {
    int result = in_child([] {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
        ::dup2(::socket(AF_INET, SOCK_STREAM, 0), 0);
        ::dup2(ends[0], 1);
        sigset_t none;
        sigemptyset(&none);
        auto launched = launch({{"/bin/sh", "-c", "[ /proc/$$/fd/0 -ef /dev/null ] && [ -S /proc/$$/fd/1 ] && exit 17"}, "s1", {}, none});
        if (!launched || launched->sockets != 1 || launched->listener) return 2;
        if (!let_go(*launched)) return 3;
        int status = 0;
        ::waitpid(launched->pid, &status, 0);
        return WEXITSTATUS(status);
    });
    EXPECT_EQ(result, 17);
}

TEST(Launcher, AChildThatIsNotLetGoRunsNothing) {
    auto launched = launch({{"/bin/sh", "-c", "exit 5"}, "s1", {}, {}});
    ASSERT_TRUE(launched);
    launched->channel.reset();
    int status = 0;
    ASSERT_EQ(::waitpid(launched->pid, &status, 0), launched->pid);
    EXPECT_EQ(WEXITSTATUS(status), 125);
}

TEST(Known, ForgetsWithTheGenerationAndWithTheFile) {
    HeldCall call{1, ::getpid(), "/bin/sh", -100, false, true};
    auto sighting = KnownPrograms::look(call);
    ASSERT_TRUE(sighting);
    KnownPrograms known;
    known.learn(*sighting, 1);
    EXPECT_TRUE(known.knows(*sighting));
    auto changed = *sighting;
    changed.size++;
    EXPECT_FALSE(known.knows(changed));
    known.set_generation(2);
    EXPECT_FALSE(known.knows(*sighting));
    EXPECT_FALSE(KnownPrograms::look({1, ::getpid(), "/proc/self/exe", -100, false, true}));
    EXPECT_FALSE(KnownPrograms::look({1, ::getpid(), "", 5, true, true}));
    EXPECT_TRUE(KnownPrograms::look({1, ::getpid(), "/nonexistent", -100, false, true})->missing);
}

TEST(Listener, ReadsStringsUpToThePageThatIsNotThere) {
    std::string text(100, 'p');
    EXPECT_EQ(read_string(::getpid(), reinterpret_cast<uint64_t>(text.c_str())), text);
    EXPECT_FALSE(read_string(::getpid(), 8));
    std::string endless(10000, 'e');
    EXPECT_FALSE(read_string(::getpid(), reinterpret_cast<uint64_t>(endless.data())));
}

}  // namespace
}  // namespace remit::cli
