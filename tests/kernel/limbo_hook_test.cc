// hooks/limbo.h: what is made below an attach glob's prefix runs nothing and makes no socket, until somebody says whose it is.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "kernel/harness.h"
#include "session/cgroup.h"

namespace remit::test {
namespace {

class LimboHook : public testing::Test {
protected:
    Harness& harness = Harness::get();

    void SetUp() override {
        harness.events();
        const std::string mount = *session::find_cgroup2_mount();
        const std::string prefix = harness.cgroup().substr(mount.size()) + "/wait-";
        ASSERT_TRUE(harness.kernel().limbo_below(std::span(&prefix, 1), false));
    }
    void TearDown() override {
        EXPECT_TRUE(harness.kernel().limbo_below({}, false));
        for (const std::string& each : made_) (void)session::remove_cgroup(each);
    }
    std::string make(const std::string& name) {
        const std::string folder = harness.cgroup() + "/" + name;
        EXPECT_EQ(mkdir(folder.c_str(), 0755), 0);
        made_.insert(made_.begin(), folder);
        return folder;
    }
    bool waits(const std::string& folder) {
        const auto ids = harness.kernel().in_limbo();
        return std::find(ids.begin(), ids.end(), *kernel::cgroup_id(folder)) != ids.end();
    }
    void refused(int status) {
        if (harness.lsm())
            EXPECT_TRUE(exited(status, EACCES)) << status;
        else
            EXPECT_TRUE(killed(status)) << status;
    }

private:
    std::vector<std::string> made_;
};

int move_self(const std::string& folder) {
    auto moved = session::move_process(folder, getpid());
    return moved ? 0 : 99;
}

const remit_event* find(const std::vector<remit_event>& events, remit_touch touch) {
    const auto found = std::find_if(events.begin(), events.end(),
                                    [&](const remit_event& each) { return each.crossing == REMIT_TOUCHED && each.type == touch; });
    return found == events.end() ? nullptr : &*found;
}

TEST_F(LimboHook, NothingRunsInACgroupThatWaits) {
    const std::string folder = make("wait-1");
    ASSERT_TRUE(waits(folder));
    const auto run = [&] { return move_self(folder) ? 99 : try_exec("/bin/true"); };
    refused(harness.run_outside(run));
    const auto events = harness.events();
    EXPECT_TRUE(std::any_of(events.begin(), events.end(), [](const remit_event& each) { return each.crossing == REMIT_CGROUP_MADE; }));
    const remit_event* event = find(events, REMIT_TOUCH_LIMBO_EXEC);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->session, 0u);
    EXPECT_STREQ(event->path, "/bin/true");
    EXPECT_EQ(event->effect, harness.lsm() ? REMIT_REFUSED : REMIT_KILLED);

    harness.kernel().end_limbo(*kernel::cgroup_id(folder));
    EXPECT_TRUE(exited(harness.run_outside(run), 0));
}

TEST_F(LimboHook, NorAfterACloneIntoIt) {
    const std::string folder = make("wait-1");
    const Fd cgroup(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto run = [&] {
        clone_args args{};
        args.flags = CLONE_INTO_CGROUP;
        args.exit_signal = SIGCHLD;
        args.cgroup = static_cast<__u64>(cgroup.get());
        const long child = syscall(SYS_clone3, &args, sizeof(args));
        if (child == 0) _exit(try_exec("/bin/true"));
        return exited(wait_for(static_cast<pid_t>(child)), 0) ? 0 : 1;
    };
    EXPECT_TRUE(exited(harness.run_outside(run), 1));
    harness.kernel().end_limbo(*kernel::cgroup_id(folder));
    EXPECT_TRUE(exited(harness.run_outside(run), 0));
}

TEST_F(LimboHook, NoSocketIsMadeThere) {
    const std::string folder = make("wait-1");
    const auto open_socket = [&] { return move_self(folder) ? 99 : Fd(socket(AF_INET, SOCK_STREAM, 0)) ? 0 : errno; };
    EXPECT_TRUE(exited(harness.run_outside(open_socket), EPERM));
    EXPECT_NE(find(harness.events(), REMIT_TOUCH_LIMBO_SOCKET), nullptr);
    if (harness.lsm()) {
        EXPECT_TRUE(
            exited(harness.run_outside([&] { return move_self(folder)                     ? 99
                                                    : Fd(socket(AF_UNIX, SOCK_STREAM, 0)) ? 0
                                                                                          : errno; }), EPERM));
    }
    harness.kernel().end_limbo(*kernel::cgroup_id(folder));
    EXPECT_TRUE(exited(harness.run_outside(open_socket), 0));
}

TEST_F(LimboHook, NobodyElseIsConcerned) {
    const std::string beside = make("other-1");
    EXPECT_FALSE(waits(beside));
    EXPECT_TRUE(exited(harness.run_outside([&] { return move_self(beside) ? 99 : try_exec("/bin/true"); }), 0));
    const std::string waiting = make("wait-1");
    EXPECT_TRUE(exited(harness.run_outside([] { return try_exec("/bin/true"); }), 0)) << "the folder above one that waits";
    EXPECT_TRUE(exited(harness.run_outside([] { return Fd(socket(AF_INET, SOCK_STREAM, 0)) ? 0 : errno; }), 0));
}

TEST_F(LimboHook, WhatIsBelowWaitsForItself) {
    make("wait-1");
    const std::string below = make("wait-1/below");
    EXPECT_TRUE(waits(below));
    harness.kernel().end_limbo(*kernel::cgroup_id(harness.cgroup() + "/wait-1"));
    refused(harness.run_outside([&] { return move_self(below) ? 99 : try_exec("/bin/true"); }));
}

TEST_F(LimboHook, ABoundCgroupAndWhatIsBelowItAreJudgedAsTheSession) {
    const auto session = harness.make_session(TablesBuilder().grant(1).tables());
    ASSERT_TRUE(harness.know(session, "/bin/true", only(1)));
    const std::string folder = make("wait-1");
    ASSERT_TRUE(harness.kernel().bind_cgroup(*kernel::cgroup_id(folder), session.slot));
    EXPECT_TRUE(exited(harness.run_outside([&] { return move_self(folder) ? 99 : try_exec("/bin/true"); }), 0))
        << "bound before limbo ends";
    const std::string below = make("wait-1/below");
    EXPECT_FALSE(waits(below));
    refused(harness.run_outside([&] { return move_self(below) ? 99 : try_exec("/bin/false"); }));
    ASSERT_TRUE(harness.kernel().unbind_cgroup(*kernel::cgroup_id(folder)));
}

TEST_F(LimboHook, ARemovedCgroupWaitsNoLonger) {
    const std::string folder = make("wait-1");
    const uint64_t id = *kernel::cgroup_id(folder);
    ASSERT_EQ(rmdir(folder.c_str()), 0);
    const auto ids = harness.kernel().in_limbo();
    EXPECT_EQ(std::count(ids.begin(), ids.end(), id), 0);
    EXPECT_EQ(*harness.kernel().cgroup_folder(id), "");
}

// A child of init that runs init's executor, which then runs something else.
TEST_F(LimboHook, InitsExecutorRunsThereAndNothingElse) {
    if (!getenv("REMIT_VM")) GTEST_SKIP() << "orphans are init's own children in a VM only";
    const Fd shell(open("/bin/sh", O_PATH | O_CLOEXEC));
    const int fds[] = {shell.get()};
    const auto identity = harness.kernel().identify(fds);
    ASSERT_TRUE(identity && (*identity)[0]);
    ASSERT_TRUE(harness.kernel().know_executors(std::span(&(*identity)[0]->file, 1)));
    const std::string folder = make("wait-1");
    int said[2];
    ASSERT_EQ(pipe(said), 0);
    const auto orphan = [&] {
        if (fork() != 0) return 0;
        for (int waited_ms = 0; getppid() != 1 && waited_ms < 30000; waited_ms++) usleep(1000);
        if (getppid() != 1 || move_self(folder) != 0) _exit(1);
        dup2(said[1], 1);
        execl("/bin/sh", "sh", "-c", "echo executor; exec /bin/echo program", static_cast<char*>(nullptr));
        _exit(1);
    };
    ASSERT_TRUE(exited(harness.run_outside(orphan), 0));
    close(said[1]);
    std::string text;
    char byte;
    while (read(said[0], &byte, 1) == 1) text += byte;
    close(said[0]);
    EXPECT_EQ(text, "executor\n");
    refused(harness.run_outside([&] { return move_self(folder) ? 99 : try_exec("/bin/sh"); }));
    EXPECT_TRUE(harness.kernel().know_executors({}));
}

}  // namespace
}  // namespace remit::test
