// What the child gets: its standard streams, fewer capabilities, and a second listener that cannot be.
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <sstream>

#include "abi/limits.h"
#include "cli/known.h"
#include "cli/launcher.h"
#include "session/cgroup.h"

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

bool install_listener() {
    auto code = build_filter({.hold = true});
    sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return ::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) >= 0;
}

// What a command under the launcher prints.
std::string output_of(const std::string& script, bool drop) {
    int ends[2];
    if (::pipe(ends) != 0) return "no pipe";
    in_child([&] {
        ::dup2(ends[1], 1);
        sigset_t none;
        sigemptyset(&none);
        auto launched = launch({{"/bin/sh", "-c", script}, "s1", {}, none, drop});
        if (!launched || !let_go(*launched)) return 1;
        ::waitpid(launched->pid, nullptr, 0);
        return 0;
    });
    ::close(ends[1]);
    std::string text(4096, 0);
    ssize_t got = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
}

TEST(Launcher, ASecondListenerIsAShortfallNotAnError) {
    int result = in_child([] {
        if (!install_listener()) return 1;
        auto launched = launch({{"/bin/true"}, "s1", {.hold = true, .families = true, .refuse_foreign = true}, {}});
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

TEST(Launcher, ACommandHasNoneOfTheRefusedCapabilitiesAndKeepsTheOthers) {
    std::istringstream lines(output_of("exec cat /proc/self/status", true)), before(output_of("exec cat /proc/self/status", false));
    std::map<std::string, uint64_t> sets, full;
    std::string word;
    while (lines >> word)
        if (word.starts_with("Cap")) lines >> std::hex >> sets[word] >> std::dec;
    while (before >> word)
        if (word.starts_with("Cap")) before >> std::hex >> full[word] >> std::dec;
    ASSERT_EQ(sets.size(), 5U);
    const bool root = ::geteuid() == 0;
    const uint64_t kept = ~uint64_t{REMIT_REFUSED_CAPABILITIES};
    EXPECT_EQ(sets["CapInh:"], 0U);
    EXPECT_EQ(sets["CapAmb:"], 0U);
    EXPECT_EQ(sets["CapPrm:"], full["CapPrm:"] & kept);
    EXPECT_EQ(sets["CapEff:"], full["CapEff:"] & kept);
    EXPECT_EQ(sets["CapBnd:"], root ? full["CapBnd:"] & kept : full["CapBnd:"]);
}

TEST(Launcher, AChildThatIsNotLetGoRunsNothing) {
    auto launched = launch({{"/bin/sh", "-c", "exit 5"}, "s1", {}, {}});
    ASSERT_TRUE(launched);
    launched->channel.reset();
    int status = 0;
    ASSERT_EQ(::waitpid(launched->pid, &status, 0), launched->pid);
    EXPECT_EQ(WEXITSTATUS(status), 125);
}

TEST(Launcher, AChildIsBornInItsCgroupWhereWeMayOtherwiseWhereWeAre) {
    const auto mount = session::find_cgroup2_mount();
    const std::string name = "/remit-launcher-" + std::to_string(::getpid());
    const std::string folder = mount ? *mount + name : "";
    if (::geteuid() != 0 || !mount || !session::make_cgroup(folder)) GTEST_SKIP() << "needs root and cgroup v2";
    sigset_t none;
    sigemptyset(&none);
    const auto cgroup_of_child = [&](const std::string& wanted) -> std::string {
        auto launched = launch({{"/bin/true"}, "s1", {}, none, true, false, "", wanted});
        if (!launched) return launched.error().message;
        const auto cgroup = session::cgroup_of(std::to_string(launched->pid));
        launched->channel.reset();
        ::waitpid(launched->pid, nullptr, 0);
        return cgroup ? *cgroup : cgroup.error().message;
    };
    EXPECT_EQ(cgroup_of_child(folder), name);
    EXPECT_EQ(cgroup_of_child(folder + "/none"), *session::cgroup_of("self"));
    EXPECT_EQ(cgroup_of_child(""), *session::cgroup_of("self"));
    EXPECT_TRUE(session::remove_cgroup(folder));
}

TEST(Known, ForgetsWithTheGenerationAndWithTheFile) {
    HeldCall call{1, ::getpid(), "/bin/sh", -100, false, true};
    KnownPrograms known;
    auto sighting = known.look(call);
    ASSERT_TRUE(sighting);
    known.learn(*sighting, 1);
    EXPECT_TRUE(known.knows(*sighting));
    auto changed = *sighting;
    changed.size++;
    EXPECT_FALSE(known.knows(changed));
    known.set_generation(2);
    EXPECT_FALSE(known.knows(*sighting));
    for (bool by_caller : {false, true}) {
        if (by_caller) known.look_by_caller();
        EXPECT_EQ(known.look(call), sighting);
        EXPECT_FALSE(known.look({1, ::getpid(), "/proc/self/exe", -100, false, true}));
        EXPECT_FALSE(known.look({1, ::getpid(), "", 5, true, true}));
        EXPECT_TRUE(known.look({1, ::getpid(), "/nonexistent", -100, false, true})->missing);
    }
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
