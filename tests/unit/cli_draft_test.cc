// remit policy draft: from a trail to a policy under which the same trail is allowed.
#include "unit/cli_folder.h"
#include "unit/cli_trail_lines.h"

namespace remit::cli::testing {
namespace {

class Draft : public CliFolder {
protected:
    std::string trail(const TrailLines& lines) { return write("log/trail/20261124T000000Z-0.jsonl", lines.text()); }
};

TEST_F(Draft, PassesCheckAndAllowsTheSameTrail) {
    TrailLines lines("learn");
    lines.start("s").exec("s", 1, "/usr/bin/git", {{"count", 3}}).connect("s", 2, "10.1.1.1", 443);
    lines.connect("s", 3, "169.254.169.254", 80, {{"reason", "DENIED"}, {"effect", "refused"}});
    lines.start("t").exec("t", 1, "/usr/bin/other");
    trail(lines);
    const Ran ran = remit({"policy", "draft", folder_ + "/log/trail", "--session", "s", "--name", "git-work"});
    ASSERT_EQ(ran.status, 0) << ran.err;
    EXPECT_TRUE(ran.says("from 5 crossings of 1 session: s.")) << ran.out;
    EXPECT_TRUE(ran.says("program { path: \"/usr/bin/git\" }  # 3 times")) << ran.out;
    EXPECT_TRUE(ran.says("#   1 time connect tcp 169.254.169.254:80: a deny is about it")) << ran.out;
    EXPECT_FALSE(ran.says("/usr/bin/other"));
    const std::string draft = write("draft.textproto", ran.out);
    EXPECT_EQ(remit({"policy", "check", draft}).status, 0);
    EXPECT_EQ(remit({"policy", "explain", draft, "--connect", "10.1.1.1:443"}).status, 0);
    EXPECT_EQ(remit({"policy", "explain", draft, "--connect", "169.254.169.254:80"}).status, 1);
    const auto by_id = remit({"policy", "draft", "s", "--log-dir", folder_ + "/log", "--json"}).json();
    EXPECT_EQ(by_id["name"], "learned");
    EXPECT_EQ(by_id["left_out"], 0);
}

TEST_F(Draft, OfNothingIs66AndABadName64) {
    trail(TrailLines("learn").start("s").exec("s", 1, "/usr/bin/git"));
    EXPECT_EQ(remit({"policy", "draft", "nobody", "--log-dir", folder_ + "/log"}).status, 66);
    EXPECT_EQ(remit({"policy", "draft", "s", "--log-dir", folder_ + "/log", "--name", "a b"}).status, 64);
    EXPECT_TRUE(remit({"policy", "draft", trail(TrailLines("enforce").start("s").exec("s", 1, "/usr/bin/git"))}).says("in mode enforce"));
}

}  // namespace
}  // namespace remit::cli::testing
