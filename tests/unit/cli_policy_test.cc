// The verbs of `remit policy` that test, install, list and show policies.
#include "unit/cli_folder.h"

namespace remit::cli::testing {
namespace {

constexpr const char* kPolicy = R"(name: "p"  version: "1"  about: "a test"
import: "tools/net.textproto"
tool { name: "git" program { path: "/usr/bin/git" } }
grant { tool: "git" }
grant { tool: "net" from: "1m" max_uses: 2 only_after: "git" }
example { name: "first things first"
  step { connect: "10.1.1.1:443" verdict: DENY reason: NOT_YET }
  step { advance: "1m" }
  step { exec: "/usr/bin/git" verdict: ALLOW tool: "git" }
  step { connect: "10.1.1.1:443" verdict: ALLOW } }
)";
constexpr const char* kTools = "tool { name: \"net\" endpoint { cidr: \"10.0.0.0/8\" port: \"443\" protocol: TCP } }\n";
constexpr const char* kFailing = R"(name: "f"
tool { name: "git" program { path: "/usr/bin/git" } }
example { name: "wrong"
  step { exec: "/usr/bin/git" verdict: ALLOW }
  step { exec: "/usr/bin/nc" verdict: DENY } }
example { name: "right"
  step { exec: "/usr/bin/git" verdict: DENY reason: NOT_GRANTED } }
)";

class AuthorVerbs : public CliFolder {
protected:
    void SetUp() override {
        CliFolder::SetUp();
        write("tools/net.textproto", kTools);
        good_ = write("p.textproto", kPolicy);
        installed_ = folder_ + "/installed";
    }
    Ran in_folder(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "policy");
        arguments.insert(arguments.end(), {"--policy-dir", installed_});
        return remit(arguments);
    }
    std::string good_, installed_;
};

TEST_F(AuthorVerbs, TestSaysHowEachStepCameOut) {
    const Ran good = in_folder({"test", good_});
    EXPECT_EQ(good.status, 0) << good.err;
    EXPECT_TRUE(good.says("1 of 1 examples pass")) << good.out;
    EXPECT_TRUE(good.says("connect 10.1.1.1:443: DENY NOT_YET")) << good.out;

    const std::string failing = write("f.textproto", kFailing);
    const Ran ran = in_folder({"test", good_, failing});
    EXPECT_EQ(ran.status, 1);
    EXPECT_TRUE(ran.says("exec /usr/bin/git: DENY NOT_GRANTED for tool \"git\", expected ALLOW")) << ran.out;
    EXPECT_TRUE(ran.says("exec /usr/bin/nc: not played")) << ran.out;
    EXPECT_TRUE(ran.says("1 of 2 examples pass")) << ran.out;

    const auto shown = in_folder({"test", "--json", failing}).json()["files"][0];
    EXPECT_EQ(shown["passes"], false);
    EXPECT_EQ(shown["examples"][0]["steps"][0]["good"], false);
    EXPECT_EQ(shown["examples"][0]["steps"][1]["played"], false);
    EXPECT_EQ(shown["examples"][1]["passes"], true);
}

TEST_F(AuthorVerbs, TestOfABadPolicyIs65AndOfNone66) {
    EXPECT_EQ(in_folder({"test", write("bad.textproto", "nonsense: 1\n")}).status, 65);
    EXPECT_EQ(in_folder({"test", folder_ + "/none.textproto"}).status, 66);
    const Ran empty = in_folder({"test", write("e.textproto", "name: \"e\"\n")});
    EXPECT_EQ(empty.status, 0);
    EXPECT_TRUE(empty.says("has no examples"));
}

TEST_F(AuthorVerbs, InstallChecksReplacesAndKeepsTheOld) {
    EXPECT_EQ(in_folder({"install", write("bad.textproto", "nonsense: 1\n")}).status, 65);
    EXPECT_EQ(in_folder({"install", write("f.textproto", kFailing)}).status, 65) << "failing examples are errors";
    EXPECT_TRUE(in_folder({"list"}).says("no policy is installed"));
    const auto first = in_folder({"install", "--json", good_}).json()["installed"][0];
    EXPECT_EQ(first["name"], "p");
    EXPECT_FALSE(first.contains("replaced"));
    EXPECT_TRUE(in_folder({"list"}).says("a test"));
    EXPECT_EQ(in_folder({"explain", "p", "--exec", "/usr/bin/git"}).status, 0);

    write("tools/net.textproto", std::string("# another one\n") + kTools);
    const auto second = in_folder({"install", "--json", good_}).json()["installed"][0];
    EXPECT_EQ(second["replaced"], first["sha256"]);
    EXPECT_NE(second["sha256"], first["sha256"]) << "the imports are part of it";
    const std::string old = installed_ + "/by-hash/" + first["sha256"].get<std::string>();
    EXPECT_EQ(in_folder({"test", old + "/p.textproto"}).status, 0) << "the old one is there as a whole";
    EXPECT_TRUE(in_folder({"install", good_}).says("installed already"));
}

TEST_F(AuthorVerbs, ShowSaysWhatEachToolCoversAndWhen) {
    ASSERT_EQ(in_folder({"install", good_}).status, 0);
    const Ran ran = in_folder({"show", "p"});
    EXPECT_EQ(ran.status, 0) << ran.err;
    EXPECT_TRUE(ran.says("net: conditional from 1m, at most 2 times, only after git")) << ran.out;
    EXPECT_TRUE(ran.says("endpoint 10.0.0.0/8 port 443 tcp")) << ran.out;
    EXPECT_TRUE(in_folder({"show", "p", "--source"}).says(kPolicy));
    EXPECT_EQ(in_folder({"show", "--json", "p"}).json()["tools"][0]["standing"], "granted");
    EXPECT_EQ(in_folder({"show", "q"}).status, 66);
}

}  // namespace
}  // namespace remit::cli::testing
