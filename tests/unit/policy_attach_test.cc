// Which cgroups a policy is for: what globs match, and of several the deepest.
#include <gtest/gtest.h>

#include "policy/attach.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

Pattern pattern(const std::string& text) {
    return *parse_pattern(text);
}

std::vector<Glob> globs(const std::vector<std::pair<std::string, std::string>>& of) {
    std::vector<Glob> out;
    for (const auto& [policy, text] : of) out.push_back({policy, pattern(text)});
    return out;
}

TEST(PolicyAttach, AGlobMeansCgroupsOfItsDepth) {
    const auto all = globs({{"p", "/agents.slice/coding-*.scope"}});
    EXPECT_EQ(match(all, "/agents.slice/coding-1.scope").kind, Match::Kind::kBind);
    EXPECT_EQ(match(all, "/agents.slice/coding-.scope").kind, Match::Kind::kBind);
    for (const char* other : {"/agents.slice", "/agents.slice/coding-1", "/agents.slice/x/coding-1.scope", "/other.slice/coding-1.scope"})
        EXPECT_EQ(match(all, other).kind, Match::Kind::kNone) << other;
}

TEST(PolicyAttach, TheDeepestWins) {
    const auto all = globs({{"broad", "/a/*"}, {"narrow", "/a/team-*/x*"}});
    const auto name = [&](const char* cgroup) {
        const Match found = match(all, cgroup);
        return found.glob ? found.glob->policy : "";
    };
    EXPECT_EQ(match(all, "/a/other").kind, Match::Kind::kBind);
    EXPECT_EQ(match(all, "/a/team-1").kind, Match::Kind::kPassage) << "a deeper one may mean a cgroup below it";
    EXPECT_EQ(name("/a/team-1/x1"), "narrow");
    EXPECT_EQ(name("/a/team-1/y1"), "broad") << "below what the broad one means";
    EXPECT_EQ(match(all, "/a/team-1/y1").kind, Match::Kind::kBind);
    EXPECT_EQ(match(all, "/a").kind, Match::Kind::kNone);
}

TEST(PolicyAttach, TwoOfOneDepthAreAConflict) {
    const auto all = globs({{"p", "/a/*-1"}, {"q", "/a/x-*"}, {"p", "/a/*"}});
    EXPECT_EQ(match(all, "/a/x-1").kind, Match::Kind::kConflict);
    EXPECT_EQ(match(all, "/a/y-1").kind, Match::Kind::kBind) << "two globs of one policy are none";
    EXPECT_EQ(conflicts(all).size(), 2u);
    EXPECT_TRUE(conflicts(globs({{"p", "/a/x*"}, {"q", "/a/y*"}, {"r", "/a/x/y"}, {"s", "/b/*"}})).empty());
}

TEST(PolicyAttach, Overlap) {
    const std::vector<std::tuple<const char*, const char*, bool>> cases = {
        {"/a/b", "/a/b", true},       {"/a/b", "/a/c", false},    {"/a/*", "/a/b", true},
        {"/a/*b", "/a/b*", true},     {"/a/b*c", "/a/bd*", true}, {"/a/*c", "/a/*d", false},
        {"/a/x*y*z", "/a/xyz", true}, {"/a/*", "/a/b/c", false},  {"/a/b*", "/a/cb", false},
    };
    for (const auto& [a, b, both] : cases) {
        EXPECT_EQ(overlap(pattern(a), pattern(b)), both) << a << " " << b;
        EXPECT_EQ(overlap(pattern(b), pattern(a)), both) << b << " " << a;
    }
}

TEST(PolicyAttach, FixedFolder) {
    EXPECT_EQ(fixed_folder(pattern("/a/b-*/c")), "/a");
    EXPECT_EQ(fixed_folder(pattern("/a/b")), "/a/b");
    EXPECT_EQ(fixed_folder(pattern("/a*")), "/");
    EXPECT_EQ(fixed_folder(pattern("/a/*")), "/a");
}

}  // namespace
}  // namespace remit::policy::testing
