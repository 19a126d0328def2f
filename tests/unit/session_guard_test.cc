#include "session/cgroup.h"
#include "session/guard.h"
#include "unit/session_folder.h"

namespace remit::session {
namespace {

class GuardTest : public SessionFolder {
protected:
    void SetUp() override {
        SessionFolder::SetUp();
        for (const char* each : {"/system/remitd", "/init", "/agents/one", "/system/other", "/sys"})
            std::filesystem::create_directories(folder_ + each);
    }
    Guard guard() { return Guard(folder_, {"/system/remitd", "/init"}); }
};

TEST_F(GuardTest, LetsAgentsBeBound) {
    EXPECT_TRUE(guard().check(folder_ + "/agents", 10));
    EXPECT_TRUE(guard().check(folder_ + "/agents/one", 11));
    EXPECT_TRUE(guard().check(folder_ + "/system/other", 12)) << "beside the daemon is not above it";
    EXPECT_TRUE(guard().check(folder_ + "/sys", 13)) << "a name that begins like an ancestor's";
}

TEST_F(GuardTest, RefusesTheRootAndWhatHasNoId) {
    EXPECT_FALSE(guard().check(folder_ + "/agents", 0));
    EXPECT_FALSE(guard().check(folder_ + "/agents", 1));
    EXPECT_FALSE(guard().check(folder_, 10));
}

TEST_F(GuardTest, RefusesTheDaemonsOwnItsAncestorsAndThatOfPid1) {
    for (const char* each : {"/system/remitd", "/system", "/init"}) {
        const auto refused = guard().check(folder_ + each, 10);
        ASSERT_FALSE(refused) << each;
        EXPECT_EQ(refused.error().code, Code::kNotPermitted);
        EXPECT_FALSE(refused.error().hint.empty());
    }
}

TEST_F(GuardTest, SeesThroughLinksAndDots) {
    link(folder_ + "/system", "/agents/link");
    EXPECT_FALSE(guard().check(folder_ + "/agents/link", 10));
    EXPECT_FALSE(guard().check(folder_ + "/agents/../system", 10));
}

TEST_F(GuardTest, RefusesWhatIsOutsideTheHierarchyOrMissing) {
    EXPECT_FALSE(guard().check("/usr", 10));
    EXPECT_EQ(guard().check(folder_ + "/nowhere", 10).error().code, Code::kMissing);
}

TEST_F(GuardTest, WhoseDaemonLivesInTheRootStillBindsAgents) {
    const Guard in_root(folder_, {"/", "/"});
    EXPECT_TRUE(in_root.check(folder_ + "/agents", 10));
    EXPECT_FALSE(in_root.check(folder_, 10));
}

TEST_F(GuardTest, FindsTheFolderOfAUnit) {
    for (const char* each : {"/agents.slice/agents-build.slice/coding.service", "/system.slice/_memory.service", "/agents.slice/box.scope",
                             "/user.slice/user-7.slice/user@7.service/app.slice/mine.service"})
        std::filesystem::create_directories(folder_ + each);
    const auto found = [&](const char* unit) {
        const auto folder = find_unit(folder_, unit);
        return folder ? *folder : folder.error().message;
    };
    EXPECT_EQ(found("coding"), folder_ + "/agents.slice/agents-build.slice/coding.service");
    EXPECT_EQ(found("coding.service"), found("coding"));
    EXPECT_EQ(found("box.scope"), folder_ + "/agents.slice/box.scope");
    EXPECT_EQ(found("agents-build.slice"), folder_ + "/agents.slice/agents-build.slice");
    EXPECT_EQ(found("memory"), folder_ + "/system.slice/_memory.service") << "as systemd writes what would be a file of the kernel's";
    for (const char* none : {"box", "user@7.service/app.slice/mine", "mine", "..", ""}) {
        const auto missing = find_unit(folder_, none);
        ASSERT_FALSE(missing) << none;
        EXPECT_EQ(missing.error().code, Code::kMissing);
    }
}

TEST(Cgroup2Mount, IsFoundInMountinfo) {
    EXPECT_EQ(parse_cgroup2_mount("30 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
                                  "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"),
              "/sys/fs/cgroup/unified");
    EXPECT_EQ(parse_cgroup2_mount("35 24 0:29 / /sys/fs/cgroup rw,nosuid shared:9 master:2 - cgroup2 cgroup2 rw,nsdelegate\n"),
              "/sys/fs/cgroup");
    EXPECT_EQ(parse_cgroup2_mount("35 24 0:29 /inner /mnt/bound rw - cgroup2 cgroup2 rw\n"), "")
        << "a part of the hierarchy is not its root";
    EXPECT_EQ(parse_cgroup2_mount("32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"), "");
    EXPECT_EQ(parse_cgroup2_mount(""), "");
    EXPECT_EQ(parse_cgroup2_mount("garbage"), "");
}

}  // namespace
}  // namespace remit::session
