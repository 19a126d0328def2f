// hooks/task.h: a session is not shed by moving, and nobody is pulled into it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/harness.h"

namespace remit::test {
namespace {

class TaskHook : public testing::Test {
protected:
    Harness& harness = Harness::get();
    void SetUp() override { harness.events(); }

    static const remit_event* find_move(const std::vector<remit_event>& events, remit_move move) {
        for (const auto& event : events)
            if (event.crossing == REMIT_MOVED && event.type == move) return &event;
        return nullptr;
    }
};

// Writes a process into a cgroup; 0 or errno.
int move_to(const std::string& cgroup, pid_t pid) {
    const Fd procs(open((cgroup + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
    const std::string text = std::to_string(pid);
    return procs && write(procs.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : errno;
}

TEST_F(TaskHook, WhoLeavesIsKilled) {
    const auto session = harness.make_session(TablesBuilder().tables());
    EXPECT_TRUE(killed(harness.run(session, [&] { return move_to(harness.cgroup(), getpid()); })));
    const auto events = harness.events();
    const remit_event* moved = find_move(events, REMIT_LEFT);
    ASSERT_NE(moved, nullptr);
    EXPECT_EQ(moved->session, session.id);
    EXPECT_EQ(moved->peer_pid, moved->pid);
    EXPECT_TRUE(moved->flags & REMIT_EVENT_NOTICE);
}

TEST_F(TaskHook, WhoMovesItsChildOutIsKilled) {
    const auto session = harness.make_session(TablesBuilder().tables());
    EXPECT_TRUE(killed(harness.run(session, [&] {
        const pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(0);
        }
        move_to(harness.cgroup(), child);
        return 0;
    })));
    const auto events = harness.events();
    const remit_event* moved = find_move(events, REMIT_LEFT);
    ASSERT_NE(moved, nullptr);
    EXPECT_NE(moved->peer_pid, moved->pid);
    kill(static_cast<pid_t>(moved->peer_pid), SIGKILL);
}

TEST_F(TaskHook, CloneIntoAnotherCgroupIsLeaving) {
    const auto session = harness.make_session(TablesBuilder().tables());
    const Fd outside(open(harness.cgroup().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    EXPECT_TRUE(killed(harness.run(session, [&] {
        clone_args args{};
        args.flags = CLONE_INTO_CGROUP;
        args.exit_signal = SIGCHLD;
        args.cgroup = static_cast<__u64>(outside.get());
        const long child = syscall(SYS_clone3, &args, sizeof(args));
        if (child == 0) _exit(0);
        return child < 0 ? errno : 0;
    })));
    EXPECT_NE(find_move(harness.events(), REMIT_LEFT), nullptr);
}

TEST_F(TaskHook, ACgroupOfOnesOwnIsNoLeaving) {
    const auto session = harness.make_session(TablesBuilder().tables());
    const std::string inner = session.cgroup + "/inner";
    ASSERT_EQ(mkdir(inner.c_str(), 0755), 0);
    EXPECT_TRUE(exited(harness.run(session, [&] { return move_to(inner, getpid()); }), 0));
    // Still judged there.
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    EXPECT_TRUE(exited(harness.run(session,
                                   [&] {
                                       if (const int error = move_to(inner, getpid())) return error;
                                       return try_connect("127.0.0.1", peer.port, SOCK_STREAM);
                                   }),
                       EPERM));
    EXPECT_EQ(find_move(harness.events(), REMIT_LEFT), nullptr);
    rmdir(inner.c_str());
}

TEST_F(TaskHook, WhoPullsAnotherInIsKilledAndTheOtherStaysOut) {
    const auto session = harness.make_session(TablesBuilder().tables());
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    int go[2];
    ASSERT_EQ(pipe(go), 0);
    const pid_t bystander = harness.start(nullptr, [&] {
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 1) return 99;
        const pid_t child = fork();
        if (child == 0) return try_exec("/bin/true");
        if (!exited(wait_for(child), 0)) return 98;
        return try_exec("/bin/true");
    });
    EXPECT_TRUE(killed(harness.run(session, [&] { return move_to(session.cgroup, bystander); })));
    const auto events = harness.events();
    const remit_event* moved = find_move(events, REMIT_PULLED_IN);
    ASSERT_NE(moved, nullptr);
    EXPECT_EQ(moved->peer_pid, static_cast<uint32_t>(bystander));
    ASSERT_EQ(write(go[1], "x", 1), 1);
    EXPECT_TRUE(exited(wait_for(bystander), 0)) << "a process of no session was refused";
}

TEST_F(TaskHook, AnOperatorMayMoveATaskAndItIsRecorded) {
    const auto session = harness.make_session(TablesBuilder().tables());
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    int go[2];
    ASSERT_EQ(pipe(go), 0);
    const pid_t child = harness.start(&session, [&] {
        char byte;
        close(go[1]);
        if (read(go[0], &byte, 1) != 1) return 99;
        return Fd(socket(AF_INET, SOCK_STREAM, 0)) ? 0 : errno;
    });
    ASSERT_EQ(move_to(harness.cgroup(), child), 0);
    const auto events = harness.events();
    const remit_event* moved = find_move(events, REMIT_MOVED_OUT);
    ASSERT_NE(moved, nullptr);
    EXPECT_EQ(moved->session, session.id);
    ASSERT_EQ(write(go[1], "x", 1), 1);
    const int status = wait_for(child);
    // The tag sticks: no socket out there, where no packet program of the session sees it. Kernels whose socket programs cannot read the
    // tag let it be made without the LSM tier.
    if (harness.lsm() || harness.kernel().features().task_storage_in_socket_programs) {
        EXPECT_TRUE(exited(status, EPERM) || exited(status, EACCES)) << status;
    }
}

}  // namespace
}  // namespace remit::test
