// What the tests of the guard share: children that report an errno, and notices.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "kernel/harness.h"

namespace remit::test {

inline constexpr uid_t kNobody = 65534;

// For children: 0 or the errno, as their exit status.
inline int outcome(bool worked) {
    return worked ? 0 : errno;
}

inline int try_open(const std::string& path, int flags) {
    const Fd fd(open(path.c_str(), flags | O_CLOEXEC, 0600));
    return outcome(static_cast<bool>(fd));
}

inline bool become(uid_t user) {
    return user == 0 || (setgroups(0, nullptr) == 0 && setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0 &&
                         prctl(PR_SET_DUMPABLE, 1) == 0);
}

// A process that waits to be killed.
inline pid_t start_waiting() {
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
    }
    return pid;
}

class GuardHook : public testing::Test {
protected:
    Harness& harness = Harness::get();
    TestSession session;
    std::string folder = "/tmp/remit-guard-" + std::to_string(getpid());

    void SetUp() override {
        if (!harness.lsm()) GTEST_SKIP() << "needs BPF LSM programs (tier lsm)";
        session = harness.make_session(TablesBuilder().grant(0).tables());
        ASSERT_EQ(mkdir(folder.c_str(), 0777), 0);
        ASSERT_EQ(chmod(folder.c_str(), 0777), 0);
        harness.events();
    }
    void TearDown() override {
        if (!harness.lsm()) return;
        EXPECT_TRUE(harness.kernel().guard_only({}));  // inode numbers come back
        EXPECT_EQ(system(("rm -rf " + folder).c_str()), 0);
    }

    int in_session(const std::function<int()>& body) {
        const int status = harness.run(session, body);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    int outside(const std::function<int()>& body) {
        const int status = harness.run_outside(body);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    // Notices of the session since the last call.
    std::vector<remit_event> notices() {
        auto events = harness.events();
        std::erase_if(events, [&](const remit_event& e) { return e.session != session.id || e.crossing != REMIT_TOUCHED; });
        return events;
    }
    ::testing::AssertionResult noticed(int touch) {
        for (const auto& notice : notices())
            if (notice.type == touch && notice.flags & REMIT_EVENT_NOTICE && notice.pid) return ::testing::AssertionSuccess();
        return ::testing::AssertionFailure() << "no notice of " << touch;
    }
    void guard(const std::string& path, uint32_t how) {
        const Fd file(open(path.c_str(), O_PATH | O_CLOEXEC));
        const int fds[] = {file.get()};
        auto identity = harness.kernel().identify(fds);
        ASSERT_TRUE(identity && (*identity)[0]);
        const remit_inode inode{(*identity)[0]->file.ino, (*identity)[0]->file.dev, 0};
        ASSERT_TRUE(harness.kernel().guard_inode(inode, how));
    }
    std::string write_file(const std::string& name, uid_t owner) {
        std::string path = folder + "/" + name;
        std::ofstream(path) << "#!/bin/true\n";
        EXPECT_EQ(chmod(path.c_str(), 0755), 0);
        EXPECT_EQ(chown(path.c_str(), owner, owner), 0);
        return path;
    }
};

}  // namespace remit::test
