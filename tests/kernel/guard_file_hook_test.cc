// hooks/guard_file.h: files that a session does not change, each refusal beside its allowed twin, as root and as an ordinary user. LSM
// tier.
#include <linux/fs.h>
#include <sys/sysmacros.h>

#include <cstdio>

#include "kernel/guard_rig.h"

namespace remit::test {
namespace {

TEST_F(GuardHook, KeepsGuardedFoldersFromASession) {
    const std::string guarded = folder + "/guarded";
    const std::string below = guarded + "/below";
    const std::string file = below + "/file";
    const std::string free = write_file("free", 0);
    ASSERT_EQ(mkdir(guarded.c_str(), 0777), 0);
    ASSERT_EQ(mkdir(below.c_str(), 0777), 0);
    std::ofstream(file) << "text";
    guard(guarded, REMIT_GUARDS_TREE);
    const std::vector<std::function<int()>> touches{
        [&] { return try_open(file, O_WRONLY); },
        [&] { return try_open(file, O_RDONLY | O_TRUNC); },
        [&] { return try_open(below + "/new", O_WRONLY | O_CREAT | O_EXCL); },
        [&] { return outcome(truncate(file.c_str(), 1) == 0); },
        [&] { return outcome(chmod(file.c_str(), 0777) == 0); },
        [&] { return outcome(unlink(file.c_str()) == 0); },
        [&] { return outcome(rename(file.c_str(), (folder + "/out").c_str()) == 0); },
        [&] { return outcome(rename(free.c_str(), file.c_str()) == 0); },
        [&] { return outcome(link(file.c_str(), (folder + "/link").c_str()) == 0); },
        [&] { return outcome(symlink("x", (below + "/symlink").c_str()) == 0); },
        [&] { return outcome(mkdir((below + "/folder").c_str(), 0700) == 0); },
        [&] { return outcome(mknod((below + "/fifo").c_str(), S_IFIFO | 0600, 0) == 0); },
        [&] { return outcome(rmdir(guarded.c_str()) == 0); },
        [&] { return outcome(rename(guarded.c_str(), (folder + "/away").c_str()) == 0); },
    };
    for (size_t i = 0; i < touches.size(); i++) {
        EXPECT_EQ(in_session(touches[i]), EPERM) << i;
        EXPECT_TRUE(noticed(REMIT_TOUCH_FILE)) << i;
    }
    EXPECT_EQ(in_session([&] { return try_open(file, O_RDONLY); }), 0);
    EXPECT_EQ(in_session([&] { return try_open(free, O_WRONLY); }), 0);
    EXPECT_EQ(in_session([&] { return outcome(rename(free.c_str(), (free + "2").c_str()) == 0); }), 0);
    EXPECT_EQ(outside([&] { return try_open(file, O_WRONLY) + try_open(below + "/new", O_WRONLY | O_CREAT | O_EXCL); }), 0);
    EXPECT_EQ(outside([&] { return outcome(rename(file.c_str(), (folder + "/out").c_str()) == 0); }), 0);
    EXPECT_TRUE(notices().empty());
}

// What is not itself guarded, and leads to what is.
TEST_F(GuardHook, KeepsTheNamesOfFoldersAboveFromARootSession) {
    const std::string above = folder + "/above";
    const std::string other = folder + "/other";
    ASSERT_EQ(mkdir(above.c_str(), 0777), 0);
    ASSERT_EQ(mkdir(other.c_str(), 0777), 0);
    guard(above, REMIT_GUARDS_NAME);
    const std::vector<std::function<int()>> touches{
        [&] { return outcome(rename(above.c_str(), (folder + "/away").c_str()) == 0); },
        [&] { return outcome(renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, above.c_str(), RENAME_EXCHANGE) == 0); },
        [&] { return outcome(rename(other.c_str(), above.c_str()) == 0); },
        [&] { return outcome(rmdir(above.c_str()) == 0); },
    };
    for (size_t i = 0; i < touches.size(); i++) {
        EXPECT_EQ(in_session(touches[i]), EPERM) << i;
        EXPECT_TRUE(noticed(REMIT_TOUCH_FILE)) << i;
    }
    EXPECT_EQ(in_session([&] { return outcome(chmod(above.c_str(), 0755) == 0); }), 0);
    EXPECT_EQ(in_session([&] { return try_open(above + "/new", O_WRONLY | O_CREAT); }), 0);
    EXPECT_EQ(in_session([&] { return outcome(rename((above + "/new").c_str(), (above + "/newer").c_str()) == 0); }), 0);
    EXPECT_EQ(in_session([&] { return outcome(rename(other.c_str(), (folder + "/another").c_str()) == 0); }), 0);
    EXPECT_EQ(outside([&] { return outcome(rename(above.c_str(), (folder + "/away").c_str()) == 0); }), 0);
    EXPECT_TRUE(notices().empty());
}

TEST_F(GuardHook, KeepsEveryBpffsFromASession) {
    const std::string pins = "/tmp/remit-test-bpf-" + std::to_string(getpid());
    const auto make = [&] { return outcome(mkdir((pins + "/mine").c_str(), 0700) == 0); };
    EXPECT_EQ(in_session(make), EPERM);
    EXPECT_TRUE(noticed(REMIT_TOUCH_FILE));
    EXPECT_EQ(in_session([&] { return outcome(unlink((pins + "/remit/sessions").c_str()) == 0) == ENOENT ? EPERM : errno; }), EPERM);
    EXPECT_EQ(outside([&] { return make() ? errno : outcome(rmdir((pins + "/mine").c_str()) == 0); }), 0);
}

class GuardHookPrograms : public GuardHook, public testing::WithParamInterface<uid_t> {};

TEST_P(GuardHookPrograms, AreNotChangedByASessionThatMayRunThem) {
    const uid_t user = GetParam();
    const std::string program = write_file("program", user);
    const std::string other = write_file("other", user);
    const std::vector<std::function<int()>> changes{
        [&] { return try_open(program, O_WRONLY); },
        [&] { return try_open(program, O_RDONLY | O_TRUNC); },
        [&] { return outcome(truncate(program.c_str(), 1) == 0); },
        [&] { return outcome(chmod(program.c_str(), 0700) == 0); },
        [&] { return outcome(chown(program.c_str(), user, user) == 0); },
        [&] { return outcome(link(program.c_str(), (folder + "/link").c_str()) == 0); },
        [&] { return outcome(rename(other.c_str(), program.c_str()) == 0); },
        [&] { return outcome(rename(program.c_str(), (folder + "/moved").c_str()) == 0); },
        [&] { return outcome(unlink(program.c_str()) == 0); },
    };
    const auto as_user = [&](const std::function<int()>& change) { return [&, change] { return become(user) ? change() : 2; }; };
    ASSERT_TRUE(harness.know(session, program, only(0)));
    for (size_t i = 0; i < changes.size(); i++) {
        EXPECT_EQ(in_session(as_user(changes[i])), EPERM) << i;
        EXPECT_TRUE(noticed(REMIT_TOUCH_PROGRAM)) << i;
    }
    EXPECT_EQ(in_session(as_user([&] { return try_open(program, O_RDONLY); })), 0);
    EXPECT_EQ(in_session(as_user([&] { return try_open(other, O_WRONLY); })), 0);
    auto writable = only(0);
    writable.flags |= REMIT_MAY_BE_WRITTEN;
    ASSERT_TRUE(harness.know(session, program, writable));
    EXPECT_EQ(in_session(as_user(changes[0])), 0);
    EXPECT_TRUE(notices().empty());
    ASSERT_TRUE(harness.know(session, program, only(0)));
    EXPECT_EQ(outside(as_user(changes[0])), 0);
}

INSTANTIATE_TEST_SUITE_P(As, GuardHookPrograms, testing::Values(0, kNobody),
                         [](const auto& info) { return info.param ? "Nobody" : "Root"; });

TEST_F(GuardHook, KeepsTheKernelsSwitchesFromARootSession) {
    const std::string depth = "/cgroup.max.depth";
    for (const std::string& path :
         {std::string("/sys/kernel/uevent_helper"), std::string("/proc/sysrq-trigger"), std::string("/proc/sys/kernel/hostname"),
          std::string("/proc/1/oom_score_adj"), harness.cgroup() + depth}) {
        if (access(path.c_str(), W_OK)) continue;
        EXPECT_EQ(outside([&] { return try_open(path, O_WRONLY); }), 0) << path;
        EXPECT_EQ(in_session([&] { return try_open(path, O_WRONLY); }), EPERM) << path;
        EXPECT_TRUE(noticed(REMIT_TOUCH_SWITCH)) << path;
        EXPECT_EQ(in_session([&] { return try_open(path, O_RDONLY); }), outside([&] { return try_open(path, O_RDONLY); })) << path;
        harness.events();
    }
    EXPECT_EQ(in_session([] { return try_open("/proc/self/oom_score_adj", O_WRONLY); }), 0);
    EXPECT_EQ(in_session([] {
                  const pid_t own = start_waiting();
                  const int error = try_open("/proc/" + std::to_string(own) + "/oom_score_adj", O_WRONLY);
                  kill(own, SIGKILL);
                  return error;
              }),
              0);
    EXPECT_EQ(in_session([&] { return try_open(session.cgroup + depth, O_WRONLY); }), 0);
    EXPECT_EQ(in_session([] { return try_open("/dev/null", O_WRONLY); }), 0);
    EXPECT_TRUE(notices().empty());
}

TEST_F(GuardHook, KeepsDisksFromARootSession) {
    const std::string disk = folder + "/disk";
    ASSERT_EQ(mknod(disk.c_str(), S_IFBLK | 0600, makedev(7, 0)), 0);
    EXPECT_NE(outside([&] { return try_open(disk, O_WRONLY); }), EPERM);  // the device need not exist
    EXPECT_EQ(in_session([&] { return try_open(disk, O_WRONLY); }), EPERM);
    EXPECT_TRUE(noticed(REMIT_TOUCH_SWITCH));
}

}  // namespace
}  // namespace remit::test
