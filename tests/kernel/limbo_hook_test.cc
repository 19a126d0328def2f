// hooks/limbo.h: what is made below an attach glob's prefix runs nothing and makes no socket, until somebody says whose it is; a unit's
// program waits with it.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>

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
        for (const std::string& each : made_) {
            auto removed = session::remove_cgroup(each);
            for (int waited_ms = 0; !removed && waited_ms < 30000; waited_ms++) {  // an orphan leaves it a moment after its last word
                usleep(1000);
                removed = session::remove_cgroup(each);
            }
            EXPECT_TRUE(removed) << each;
        }
    }
    std::string make(const std::string& name) {
        std::string folder = harness.cgroup() + "/" + name;
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

// A child of init that runs init's executor in a cgroup that waits, which says its number and comes to the unit's program.
class LimboHookUnit : public LimboHook {
protected:
    const char* program = "/bin/echo";
    std::string folder;
    pid_t unit = 0;

    void SetUp() override {
        if (!getenv("REMIT_VM")) GTEST_SKIP() << "orphans are init's own children in a VM only";
        if (!harness.lsm()) GTEST_SKIP() << "needs BPF LSM programs (tier lsm)";
        LimboHook::SetUp();
        const Fd shell(open("/bin/sh", O_PATH | O_CLOEXEC));
        const int fds[] = {shell.get()};
        const auto identity = harness.kernel().identify(fds);
        ASSERT_TRUE(identity && (*identity)[0]);
        ASSERT_TRUE(harness.kernel().know_executors(std::span(&(*identity)[0]->file, 1)));
        folder = make("wait-1");
    }
    void begin(const std::function<void()>& body) {
        int ends[2];
        ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
        said_.reset(ends[0]);
        const Fd says(ends[1]);
        const auto orphan = [&] {
            if (fork() != 0) return 0;
            for (int waited_ms = 0; getppid() != 1 && waited_ms < 30000; waited_ms++) usleep(1000);
            if (getppid() != 1 || move_self(folder) != 0) _exit(1);
            dup2(says.get(), 1);
            body();
            _exit(1);
        };
        ASSERT_TRUE(exited(harness.run_outside(orphan), 0));
    }
    void TearDown() override {
        if (IsSkipped()) return;
        EXPECT_TRUE(harness.kernel().know_executors({}));
        harness.kernel().end_limbo(*kernel::cgroup_id(folder));
        while (said_ && !line().empty()) {
        }
        LimboHook::TearDown();
    }
    // What it says next; empty: it is over, or says nothing for a minute. resumes: what may go on meanwhile does.
    std::string line(bool resumes = true) {
        std::string text;
        char byte = 0;
        pollfd ready{said_.get(), POLLIN, 0};
        for (int waited = 0; poll(&ready, 1, 10) == 0 && waited < 6000; waited++) {
            if (resumes) harness.kernel().resume_stopped(true);
        }
        while (byte != '\n' && ready.revents != 0 && read(said_.get(), &byte, 1) == 1) text += byte;
        return text;
    }
    bool stands() {
        std::ifstream stat("/proc/" + std::to_string(unit) + "/stat");
        const std::string text((std::istreambuf_iterator<char>(stat)), {});
        return text.find(") T ") != std::string::npos;
    }
    // When its exec stopped it, boot time.
    uint64_t stopped_ns() {
        const Fd stopped(bpf_obj_get((harness.maps() + "/stopped").c_str()));
        const auto process = static_cast<uint32_t>(unit);
        remit_stopped found{};
        return bpf_map_lookup_elem(stopped.get(), &process, &found) == 0 ? found.since_ns : 0;
    }
    // After its executor ran.
    void come_to_program() {
        begin([&] { execl("/bin/sh", "sh", "-c", "echo $$; exec $0 program", program, static_cast<char*>(nullptr)); });
        unit = std::stoi("0" + line());
        ASSERT_GT(unit, 1);
        for (int waited_ms = 0; !stands() && waited_ms < 30000; waited_ms++) usleep(1000);
        ASSERT_TRUE(stands());
    }

private:
    Fd said_;
};

TEST_F(LimboHookUnit, ItsProgramWaitsWithIt) {
    come_to_program();
    EXPECT_FALSE(harness.kernel().resume_stopped(true));
    EXPECT_TRUE(stands());
    const uint64_t first_ns = stopped_ns();
    ASSERT_EQ(kill(unit, SIGCONT), 0);  // by whoever may: it comes to the same stop
    for (int waited_ms = 0; !(stopped_ns() > first_ns && stands()) && waited_ms < 30000; waited_ms++) usleep(1000);
    EXPECT_GT(stopped_ns(), first_ns);
    EXPECT_TRUE(stands());
    harness.kernel().end_limbo(*kernel::cgroup_id(folder));
    EXPECT_EQ(line(), "program\n");
    EXPECT_EQ(find(harness.events(), REMIT_TOUCH_LIMBO_EXEC), nullptr) << "nothing was refused";
}

TEST_F(LimboHookUnit, IsJudgedAsTheSessionThatItsCgroupWasBoundTo) {
    come_to_program();
    const auto session = harness.make_session(TablesBuilder().grant(1).tables());
    ASSERT_TRUE(harness.kernel().bind_cgroup(*kernel::cgroup_id(folder), session.slot));
    harness.kernel().end_limbo(*kernel::cgroup_id(folder));
    EXPECT_EQ(line(), "") << "it is of no tool";
    const auto events = harness.events();
    EXPECT_TRUE(std::any_of(events.begin(), events.end(), [&](const remit_event& each) {
        return each.crossing == REMIT_EXEC && each.session == session.id && each.effect == REMIT_REFUSED;
    }));
    ASSERT_TRUE(harness.kernel().unbind_cgroup(*kernel::cgroup_id(folder)));
}

TEST_F(LimboHookUnit, IsRefusedWhereItWouldTakeTooLong) {
    come_to_program();
    const Fd limbo(bpf_obj_get((harness.maps() + "/limbo").c_str()));
    const uint64_t id = *kernel::cgroup_id(folder);
    const uint64_t long_ago_ns = 1;
    ASSERT_EQ(bpf_map_update_elem(limbo.get(), &id, &long_ago_ns, BPF_EXIST), 0);
    EXPECT_EQ(line(), "");
    const auto events = harness.events();
    const remit_event* event = find(events, REMIT_TOUCH_LIMBO_EXEC);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(event->effect, REMIT_REFUSED);
}

TEST_F(LimboHookUnit, IsRefusedWhereThereIsNoRoomToNoteThatItStopped) {
    const Fd stopped(bpf_obj_get((harness.maps() + "/stopped").c_str()));
    const remit_stopped nobody{};
    constexpr uint32_t kNoProcess = 1U << 30;  // and above: numbers that none has
    for (uint32_t i = 0; i < REMIT_MAX_STOPPED; i++) {
        const uint32_t process = kNoProcess + i;
        ASSERT_EQ(bpf_map_update_elem(stopped.get(), &process, &nobody, BPF_ANY), 0) << i;
    }
    begin([&] { dprintf(1, "exec: %s\n", strerror(try_exec(program))); });
    EXPECT_EQ(line(false), "exec: Permission denied\n");
    EXPECT_FALSE(harness.kernel().resume_stopped(true)) << "nobody of these is there";
    const uint32_t process = kNoProcess;
    remit_stopped found{};
    EXPECT_NE(bpf_map_lookup_elem(stopped.get(), &process, &found), 0) << "there is room again";
}

// As systemd from 254 on starts its executor, which Remit may not know yet: init would stand still.
TEST_F(LimboHookUnit, DoesNotStopWhileItsParentWaitsForTheExec) {
    begin([&] {
        const long child = syscall(SYS_clone, CLONE_VFORK | CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr);
        const int error = child == 0 ? try_exec(program) : 0;
        dprintf(1, child == 0 ? "exec: %s\n" : "went on\n", strerror(error));
        _exit(0);
    });
    EXPECT_EQ(line(false), "exec: Permission denied\n");
    EXPECT_EQ(line(false), "went on\n");
}

TEST_F(LimboHookUnit, NobodyElseRunsItsExecutorThere) {
    refused(harness.run_outside([&] { return move_self(folder) ? 99 : try_exec("/bin/sh"); }));
}

}  // namespace
}  // namespace remit::test
