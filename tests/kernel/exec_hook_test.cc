// hooks/exec.h and hooks/task.h: who is judged, what is judged, and what a refusal looks like in each tier.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "kernel/harness.h"
#include "session/cgroup.h"

namespace remit::test {
namespace {

constexpr char kAllowed[] = "/bin/true";
constexpr char kRefused[] = "/bin/echo";

class ExecHook : public testing::Test {
protected:
    Harness& harness = Harness::get();
    TestSession session = harness.make_session(TablesBuilder().grant(0).tables());

    void SetUp() override {
        harness.events();
        ASSERT_TRUE(harness.know(session, kAllowed, only(0)));
        ASSERT_TRUE(harness.know(session, kRefused, only(1)));
    }

    // Base tier: killed before the first instruction; LSM tier: EACCES from execve.
    void expect_refused(int status) {
        if (harness.lsm())
            EXPECT_TRUE(exited(status, EACCES)) << status;
        else
            EXPECT_TRUE(killed(status)) << status;
    }

    std::vector<remit_event> final_records() {
        auto events = harness.events();
        std::erase_if(events, [&](const remit_event& event) { return event.session != session.id || event.flags & REMIT_EVENT_QUESTION; });
        return events;
    }
};

TEST_F(ExecHook, PassesWhatAGrantedToolCovers) {
    EXPECT_TRUE(exited(harness.run(session, [] { return try_exec(kAllowed); }), 0));
    const auto records = final_records();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].crossing, REMIT_EXEC);
    EXPECT_EQ(records[0].verdict, REMIT_ALLOW);
    EXPECT_EQ(records[0].effect, REMIT_PASSED);
    EXPECT_EQ(records[0].tool, 0);
    EXPECT_STREQ(records[0].path, kAllowed);
    EXPECT_EQ(records[0].gained[0], 1U);
}

TEST_F(ExecHook, RefusesWhatNoGrantCovers) {
    expect_refused(harness.run(session, [] { return try_exec(kRefused); }));
    const auto records = final_records();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].verdict, REMIT_DENY);
    EXPECT_EQ(records[0].reason, REMIT_REASON_NOT_GRANTED);
    EXPECT_EQ(records[0].effect, harness.lsm() ? REMIT_REFUSED : REMIT_KILLED);
    EXPECT_NE(records[0].pid, 0U);
}

TEST_F(ExecHook, AsksAboutAnUnknownProgramOnceAndRefusesIt) {
    expect_refused(harness.run(session, [] { return try_exec("/bin/cat"); }));
    expect_refused(harness.run(session, [] { return try_exec("/bin/cat"); }));
    const auto events = harness.events();
    EXPECT_EQ(std::count_if(events.begin(), events.end(), [](const remit_event& e) { return e.flags & REMIT_EVENT_QUESTION; }), 1);
    EXPECT_EQ(std::count_if(events.begin(), events.end(),
                            [](const remit_event& e) { return e.reason == REMIT_REASON_UNKNOWN && !(e.flags & REMIT_EVENT_QUESTION); }),
              2);
}

// As long as it lives the kernel calls no program on an LSM hook; 7.x lets nobody switch them off.
struct FtraceOff {
    FtraceOff() { std::ofstream("/proc/sys/kernel/ftrace_enabled") << "0"; }
    ~FtraceOff() { std::ofstream("/proc/sys/kernel/ftrace_enabled") << "1"; }
    bool took() const { return !kernel::calls_lsm_programs(); }
};

TEST_F(ExecHook, JudgesAtTheCommitWhatTheLsmHookWasNotCalledFor) {
    if (!harness.lsm()) GTEST_SKIP() << "feature: lsm tier";
    {
        const FtraceOff off;
        if (!off.took()) GTEST_SKIP() << "feature: a switch that takes programs off LSM hooks";
        EXPECT_TRUE(killed(harness.run(session, [] { return try_exec(kRefused); })));
        EXPECT_TRUE(exited(harness.run(session, [] { return try_exec(kAllowed); }), 0));
    }
    const auto records = final_records();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].effect, REMIT_KILLED);
    EXPECT_EQ(records[1].effect, REMIT_PASSED);
    expect_refused(harness.run(session, [] { return try_exec(kRefused); }));
}

TEST_F(ExecHook, PassesEverythingOfATaskInNoSession) {
    EXPECT_TRUE(exited(harness.run_outside([] { return try_exec(kRefused); }), 0));
    EXPECT_TRUE(exited(harness.run_outside([] { return try_exec("/bin/cat"); }), 0));
    EXPECT_TRUE(harness.events().empty());
}

TEST_F(ExecHook, JudgesChildrenByTheSessionOfTheirParent) {
    expect_refused(harness.run(session, [] {
        const pid_t child = fork();
        if (child == 0) _exit(try_exec(kRefused));
        const int status = wait_for(child);
        if (WIFSIGNALED(status)) raise(WTERMSIG(status));
        return WEXITSTATUS(status);
    }));
}

TEST_F(ExecHook, KeepsTheSessionOfATaskThatWasMovedOut) {
    int go[2];
    ASSERT_EQ(pipe(go), 0);
    const pid_t child = harness.start(&session, [&] {
        char byte;
        close(go[1]);
        return read(go[0], &byte, 1) == 1 ? try_exec(kRefused) : 2;
    });
    ASSERT_TRUE(session::move_process(harness.cgroup(), child).has_value());
    ASSERT_EQ(write(go[1], "x", 1), 1);
    expect_refused(wait_for(child));
}

TEST_F(ExecHook, RefusesEverythingOnceRevoked) {
    session.words->state = REMIT_REVOKED;
    expect_refused(harness.run(session, [] { return try_exec(kAllowed); }));
    const auto records = final_records();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].reason, REMIT_REASON_REVOKED);
}

TEST_F(ExecHook, RefusesEverythingOnceExpired) {
    session.words->expires_ns = session.words->start_ns + 1;
    expect_refused(harness.run(session, [] { return try_exec(kAllowed); }));
    EXPECT_EQ(final_records().at(0).reason, REMIT_REASON_EXPIRED);
}

TEST_F(ExecHook, LetsTheTasksOfADetachedSessionGo) {
    session.words->state = REMIT_DETACHED;
    EXPECT_TRUE(exited(harness.run(session, [] { return try_exec(kRefused); }), 0));
}

TEST_F(ExecHook, PassesInAuditAndRecordsTheVerdict) {
    const auto audited = harness.make_session(TablesBuilder().grant(0).mode(REMIT_AUDIT).tables());
    ASSERT_TRUE(harness.know(audited, kRefused, only(1)));
    EXPECT_TRUE(exited(harness.run(audited, [] { return try_exec(kRefused); }), 0));
    const auto events = harness.events();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].verdict, REMIT_DENY);
    EXPECT_EQ(events[0].effect, REMIT_PASSED);
}

TEST_F(ExecHook, TakesUsesAndRefusesPastTheLimit) {
    remit_grant twice{};
    twice.max_uses = 2;
    const auto limited = harness.make_session(TablesBuilder().grant(0, twice).tables());
    ASSERT_TRUE(harness.know(limited, kAllowed, only(0)));
    for (int i = 0; i < 2; i++) EXPECT_TRUE(exited(harness.run(limited, [] { return try_exec(kAllowed); }), 0));
    expect_refused(harness.run(limited, [] { return try_exec(kAllowed); }));
}

TEST_F(ExecHook, AskedForAHeldCallItRecordsTheRefusal) {
    remit_ask question{};
    question.session = session.id;
    question.slot = session.slot;
    question.pid = 4711;
    ASSERT_TRUE(harness.kernel().ask(question));
    EXPECT_EQ(question.verdict.kind, REMIT_PENDING);  // an unknown file: no final record
    EXPECT_TRUE(final_records().empty());
    session.words->state = REMIT_REVOKED;
    ASSERT_TRUE(harness.kernel().ask(question));
    EXPECT_FALSE(question.passes);
    const auto records = final_records();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].pid, 4711U);
    EXPECT_EQ(records[0].effect, REMIT_REFUSED);
}

TEST_F(ExecHook, NumbersEveryFinalRecordOnce) {
    std::vector<remit_totals> before = harness.kernel().totals();
    const int runs = 5;
    for (int i = 0; i < runs; i++) harness.run(session, [] { return try_exec(kAllowed); });
    const auto after = harness.kernel().totals();
    uint64_t counted = 0;
    for (size_t cpu = 0; cpu < after.size(); cpu++) counted += after[cpu].crossings - before[cpu].crossings;
    EXPECT_EQ(counted, static_cast<uint64_t>(runs));
    EXPECT_EQ(final_records().size(), static_cast<size_t>(runs));
}

remit_file identity_of(const std::string& path) {
    const Fd file(open(path.c_str(), O_PATH | O_CLOEXEC));
    const int fds[] = {file.get()};
    auto identities = Harness::get().kernel().identify(fds);
    return identities && (*identities)[0] ? (*identities)[0]->file : remit_file{};
}

// Every record names the program that made the crossing: of an exec the caller's, after it the new one, in children too.
TEST_F(ExecHook, NamesTheProgramThatMadeTheCrossing) {
    const std::string shell = "/usr/bin/bash";
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    const auto dialling = harness.make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_TCP).tables());
    ASSERT_TRUE(harness.know(dialling, shell, only(0)));
    const std::string script = "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(peer.port);
    const std::string twice = "(" + script + "); " + script;
    EXPECT_TRUE(exited(harness.run(dialling, [&] { return execl(shell.c_str(), "bash", "-c", twice.c_str(), nullptr); }), 0));
    auto records = harness.events();
    // A shell without HOME or SHELL in its environment asks the name service for them, by a unix socket.
    std::erase_if(records, [&](const remit_event& event) { return event.session != dialling.id || event.crossing == REMIT_UNIX; });
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].crossing, REMIT_EXEC);
    EXPECT_EQ(records[1].program.ino, identity_of(shell).ino);
    EXPECT_EQ(records[2].program.ino, identity_of(shell).ino);
    EXPECT_NE(records[1].pid, records[2].pid);
    EXPECT_NE(records[1].task_start_ns, 0U);
    EXPECT_EQ(records[0].task_start_ns, records[2].task_start_ns);
}

// The VM matrix is there for the LSM tier: it must not pass by running the base tier twice.
TEST(TierOfThisKernel, IsLsmInTheVirtualMachines) {
    EXPECT_EQ(Harness::get().lsm(), getenv("REMIT_VM") && !getenv("REMIT_TIER_BASE"));
}

TEST(GuardOfTheKernelSide, RefusesTheRootAndSlotZero) {
    auto& kernel = Harness::get().kernel();
    EXPECT_FALSE(kernel.bind_cgroup(0, 1));
    EXPECT_FALSE(kernel.bind_cgroup(1, 1));
    EXPECT_FALSE(kernel.bind_cgroup(12345, 0));
    EXPECT_EQ(kernel.session(0), nullptr);
}

}  // namespace
}  // namespace remit::test
