#include <fcntl.h>
#include <sys/xattr.h>

#include "session/content.h"
#include "session/session.h"
#include "session/writer.h"
#include "unit/session_folder.h"

namespace remit::session {
namespace {

constexpr uid_t kUser = 54321;
constexpr gid_t kGroup = 54322;
constexpr uid_t kOther = 54323;

class Writers : public SessionFolder {
protected:
    void SetUp() override {
        SessionFolder::SetUp();
        if (::geteuid() != 0) GTEST_SKIP() << "chown needs root";
        ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
    }
    // Folders above the file are root's, as long as nothing else is said.
    void own(const std::string& path, uid_t uid, gid_t gid, mode_t mode) {
        ASSERT_EQ(::chown((folder_ + path).c_str(), uid, gid), 0);
        ASSERT_EQ(::chmod((folder_ + path).c_str(), mode), 0);
    }
    bool writable(const Writer& writer, const std::string& path) {
        Root root{Fd(::open(folder_.c_str(), O_PATH | O_CLOEXEC)), 1};
        auto found = open_in_root(root, path);
        EXPECT_TRUE(found) << path;
        return found && WriteCheck(writer, root).writable(*found);
    }
    const Writer user_{kUser, {kGroup}};
    const Writer anyone_{};
};

TEST_F(Writers, OwnerModeAndGroup) {
    const struct {
        uid_t uid;
        gid_t gid;
        mode_t mode;
        bool user, anyone;
    } cases[] = {
        {0, 0, 0755, false, false},     {0, 0, 0775, false, false},  // root's group is root
        {0, 0, 0757, true, true},                                    // others
        {kUser, 0, 0555, true, true},                                // the owner may change the mode
        {kOther, 0, 0755, false, true}, {0, kGroup, 0775, true, true}, {0, kGroup, 0755, false, false}, {0, kOther, 0775, false, true},
    };
    for (const auto& each : cases) {
        put("/bin/x");
        own("/bin/x", each.uid, each.gid, each.mode);
        EXPECT_EQ(writable(user_, "/bin/x"), each.user) << each.uid << " " << each.gid << " " << std::oct << each.mode;
        EXPECT_EQ(writable(anyone_, "/bin/x"), each.anyone) << each.uid << " " << each.gid << " " << std::oct << each.mode;
    }
}

TEST_F(Writers, FoldersOnThePath) {
    put("/opt/app/bin/x");
    EXPECT_FALSE(writable(user_, "/opt/app/bin/x"));
    own("/opt", kUser, 0, 0755);
    EXPECT_TRUE(writable(user_, "/opt/app/bin/x")) << "app can be renamed, and another one made";
    EXPECT_TRUE(writable(anyone_, "/opt/app/bin/x"));
    own("/opt", kOther, 0, 0755);
    EXPECT_FALSE(writable(user_, "/opt/app/bin/x"));
    EXPECT_TRUE(writable(anyone_, "/opt/app/bin/x"));
    own("/opt", 0, 0, 0777);
    EXPECT_TRUE(writable(user_, "/opt/app/bin/x"));
    own("/opt", 0, 0, 01777);
    EXPECT_FALSE(writable(user_, "/opt/app/bin/x")) << "sticky: what is another's stays";
    EXPECT_FALSE(writable(anyone_, "/opt/app/bin/x"));
    own("/opt/app", kUser, 0, 0755);
    EXPECT_TRUE(writable(user_, "/opt/app/bin/x"));
    own("/opt", kUser, 0, 01777);
    own("/opt/app", 0, 0, 0755);
    EXPECT_TRUE(writable(user_, "/opt/app/bin/x")) << "the owner of a sticky folder may remove what is in it";
}

TEST_F(Writers, AccessListsCountAsTheirMask) {
    put("/bin/x");
    own("/bin/x", 0, 0, 0775);
    // user::rwx user:54321:rwx group::r-x mask::rwx other::r-x
    const unsigned char acl[] = {2, 0, 0,   0,   1,   0,   7,  0, 255, 255, 255, 255, 2,   0,   7,  0, 0x31, 0xd4, 0,   0,   4,   0,
                                 5, 0, 255, 255, 255, 255, 16, 0, 7,   0,   255, 255, 255, 255, 32, 0, 5,    0,    255, 255, 255, 255};
    if (::setxattr((folder_ + "/bin/x").c_str(), "system.posix_acl_access", acl, sizeof acl, 0) != 0)
        GTEST_SKIP() << "no access lists here";
    EXPECT_TRUE(writable(user_, "/bin/x"));
    EXPECT_TRUE(writable(anyone_, "/bin/x"));
}

TEST_F(Writers, WhatIsNowhereIsTheirs) {
    Root root{Fd(::open(folder_.c_str(), O_PATH | O_CLOEXEC)), 1};
    put("/bin/x");
    WriteCheck check(user_, root);
    EXPECT_TRUE(check.writable({Fd(::open((folder_ + "/bin/x").c_str(), O_PATH | O_CLOEXEC)), ""}));
    EXPECT_FALSE(check.replaceable("/bin/x"));
    EXPECT_FALSE(check.replaceable("/bin/missing"));
    own("/bin", kUser, 0, 0755);
    EXPECT_TRUE(WriteCheck(user_, root).replaceable("/bin/missing"));
    EXPECT_TRUE(WriteCheck(user_, root).replaceable("relative"));
}

TEST_F(Writers, LinksOnThePathCount) {
    Root root{Fd(::open(folder_.c_str(), O_PATH | O_CLOEXEC)), 1};
    put("/run/app/x.sock");
    link("/run", "/var/run");
    const auto elsewhere = [&](const std::string& path) { return WriteCheck(user_, root).leads_elsewhere(path); };
    EXPECT_FALSE(elsewhere("/run/app/x.sock"));
    EXPECT_FALSE(elsewhere("/var/run/app/x.sock"));
    EXPECT_FALSE(elsewhere("/run/app/later.sock")) << "only root can make it";
    EXPECT_TRUE(elsewhere("/run/missing/x.sock"));
    own("/var", 0, 0, 01777);
    EXPECT_TRUE(elsewhere("/var/run/app/x.sock")) << "whose link it is, is not looked at";
    EXPECT_FALSE(elsewhere("/run/app/x.sock"));
    own("/var", 0, 0, 0755);
    own("/run/app", kUser, 0, 0755);
    EXPECT_TRUE(elsewhere("/run/app/x.sock"));
    EXPECT_TRUE(elsewhere("/var/run/app/x.sock"));
}

TEST(Writer, OfASession) {
    Session session;
    session.starter.uid = kUser;
    session.starter.gids = {kGroup, 7, kGroup};
    EXPECT_EQ(writer_of(session).key(), "54321:7:54322");
    session.origin = Origin::kAttach;
    EXPECT_EQ(writer_of(session).key(), "anyone") << "users of an attached cgroup are not known";
    session.origin = Origin::kRun;
    session.starter.uid = 0;
    EXPECT_EQ(writer_of(session).key(), "anyone");
}

TEST_F(Writers, ContentIsReadOfRegularFilesOnly) {
    put("/x", "abc");
    const auto digest = read_digest(Fd(::open((folder_ + "/x").c_str(), O_PATH | O_CLOEXEC)));
    ASSERT_TRUE(digest);
    EXPECT_EQ(hex(*digest), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_FALSE(read_digest(Fd(::open("/dev/zero", O_PATH | O_CLOEXEC))));
    EXPECT_FALSE(read_digest(Fd(::open(folder_.c_str(), O_PATH | O_CLOEXEC))));
    ASSERT_EQ(::truncate((folder_ + "/x").c_str(), off_t{1} << 40), 0);
    EXPECT_FALSE(read_digest(Fd(::open((folder_ + "/x").c_str(), O_PATH | O_CLOEXEC)))) << "too large to wait for";
    Contents contents;
    const remit_file file{1, 2, 3, 4, 5};
    EXPECT_EQ(contents.find(file), nullptr);
    contents.keep(file, *digest);
    ASSERT_NE(contents.find(file), nullptr);
    EXPECT_EQ(*contents.find(file), *digest);
}

}  // namespace
}  // namespace remit::session
