#include <fcntl.h>

#include <algorithm>

#include "session/walk.h"
#include "unit/session_folder.h"

namespace remit::session {
namespace {

class Walk : public SessionFolder {
protected:
    Root root() { return {Fd(open(folder_.c_str(), O_PATH | O_CLOEXEC)), 1}; }
    std::vector<std::string> walk(const std::vector<std::string>& patterns, WalkLimits limits = {100, std::chrono::minutes(1)}) {
        std::vector<std::string> paths;
        walk_programs(root(), patterns, limits, [&](FoundFile found) { paths.push_back(found.path); });
        std::sort(paths.begin(), paths.end());
        return paths;
    }
};

TEST_F(Walk, FixedPartsEndBeforeTheFirstStar) {
    EXPECT_EQ(fixed_part("/usr/bin/git"), "/usr/bin/git");
    EXPECT_EQ(fixed_part("/usr/lib/git-core/**"), "/usr/lib/git-core");
    EXPECT_EQ(fixed_part("/opt/v*/bin/x"), "/opt");
    EXPECT_EQ(fixed_part("/*"), "/");
    EXPECT_EQ(fixed_part("/**"), "/");
}

TEST_F(Walk, FindsProgramsAndNothingElse) {
    put("/usr/bin/git");
    put("/usr/bin/read-only", "", 0644);
    std::filesystem::create_directories(folder_ + "/usr/bin/folder");
    link("git", "/usr/bin/alias");
    ASSERT_EQ(mkfifo((folder_ + "/usr/bin/fifo").c_str(), 0755), 0);
    EXPECT_EQ(walk({"/usr/bin/*"}), std::vector<std::string>{"/usr/bin/git"});
    EXPECT_EQ(walk({"/usr/bin/git"}), std::vector<std::string>{"/usr/bin/git"});
    EXPECT_TRUE(walk({"/usr/bin/none", "/usr/bin", "/nowhere/**", "/usr/bin/fifo"}).empty());
}

TEST_F(Walk, GoesAsDeepAsThePatternSays) {
    put("/srv/a");
    put("/srv/one/b");
    put("/srv/one/two/c");
    EXPECT_EQ(walk({"/srv/*"}), std::vector<std::string>{"/srv/a"});
    EXPECT_EQ(walk({"/srv/*/b"}), std::vector<std::string>{"/srv/one/b"});
    EXPECT_EQ(walk({"/srv/**"}), (std::vector<std::string>{"/srv/a", "/srv/one/b", "/srv/one/two/c"}));
}

TEST_F(Walk, LooksAtNothingThatAPatternDoesNotMean) {
    for (const char* each :
         {"/usr/bin/gpg", "/usr/bin/gpgv", "/usr/bin/git", "/home/a/bin/x", "/home/a/bin/y", "/home/a/src/x", "/home/b/lib/v1/p/q/r"})
        put(each);
    EXPECT_EQ(walk({"/usr/bin/gpg*"}), (std::vector<std::string>{"/usr/bin/gpg", "/usr/bin/gpgv"}));
    EXPECT_EQ(walk({"/home/*/bin/x"}), std::vector<std::string>{"/home/a/bin/x"});
    EXPECT_EQ(walk({"/home/*/lib/v*/p/**"}), std::vector<std::string>{"/home/b/lib/v1/p/q/r"});
    EXPECT_TRUE(walk({"/home/*/lib/**", "/home/*"}, {100, {}}).empty());
    EXPECT_EQ(walk({"/usr/bin/gpg*"}, {2, std::chrono::minutes(1)}).size(), 2u) << "others take nothing of what may be handed out";
}

TEST_F(Walk, LooksAtABoundedNumber) {
    for (int i = 0; i < 20; i++) put("/many/" + std::to_string(i));
    constexpr std::chrono::minutes kLong(1);
    EXPECT_EQ(walk({"/many/*"}, {7, kLong}).size(), 7u);
    EXPECT_EQ(walk({"/many/*", "/many/*"}, {30, kLong}).size(), 30u);
}

TEST_F(Walk, FindsPathsAndFoldersWhenThereIsNoTimeForTrees) {
    put("/many/a");
    put("/one/b");
    put("/usr/bin/git");
    EXPECT_EQ(walk({"/many/**", "/one/*", "/usr/bin/git"}, {100, {}}), (std::vector<std::string>{"/one/b", "/usr/bin/git"}));
}

TEST_F(Walk, FollowsLinksThatTheAuthorNamedAndNoOthers) {
    put("/usr/bin/dash");
    link("usr/bin", "/bin");
    link("dash", "/usr/bin/sh");
    link("/usr/bin/dash", "/granted/dash");
    const std::vector<std::string> patterns{"/bin/*", "/usr/bin/sh", "/granted/**", "/usr/bin/dash"};
    const auto aliases = find_aliases(root(), patterns);
    ASSERT_EQ(aliases.size(), 2u);
    const auto names = names_of("/usr/bin/dash", aliases);
    EXPECT_EQ(names, (std::vector<std::string>{"/usr/bin/dash", "/bin/dash", "/usr/bin/sh"}));
    EXPECT_EQ(names_of("/usr/binary", aliases), std::vector<std::string>{"/usr/binary"});
    EXPECT_TRUE(walk({"/granted/**"}).empty()) << "a link in a granted folder does not carry the grant to where it points";
}

}  // namespace
}  // namespace remit::session
