// `remit init`: first policies from profiles, and what becomes of a file that is there.
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/first_policy.h"
#include "cli/text_diff.h"
#include "unit/cli_folder.h"

namespace remit::cli::testing {
namespace {

const std::string kShipped = std::string(REMIT_SOURCE_DIR) + "/policy/shipped";

class Init : public CliFolder {
protected:
    void SetUp() override {
        CliFolder::SetUp();
        before_ = std::filesystem::current_path();
        const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));  // whoever is asked there says nothing
        ASSERT_EQ(::dup2(null.get(), STDIN_FILENO), STDIN_FILENO);
        std::filesystem::create_directory(folder_ + "/my project");
        std::filesystem::current_path(folder_ + "/my project");
    }
    void TearDown() override {
        std::filesystem::current_path(before_);
        CliFolder::TearDown();
    }
    static Ran init(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"init", "--shipped", kShipped});
        return remit(arguments);
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::filesystem::path before_;
};

TEST_F(Init, EveryProfileBecomesOneGoodFile) {
    for (const char* agent : {"claude", "codex", "gemini", "aider", "opencode", "goose", "cursor-agent", "shell", "ci-job", "mcp-server"}) {
        const std::string file = std::string(agent) + ".textproto";
        const Ran ran = init({"--agent", agent, "-o", file});
        ASSERT_EQ(ran.status, 0) << ran.err;
        EXPECT_TRUE(ran.says("remit run --policy ./" + file + " -- ")) << ran.err;
        EXPECT_EQ(read(file).find("\nimport:"), std::string::npos);
        const Ran checked = remit({"policy", "check", file});
        EXPECT_EQ(checked.status, 0) << checked.out;
        EXPECT_TRUE(checked.says("policy " + std::string(agent) + "-my-project,")) << checked.out;
    }
}

TEST_F(Init, WhatTheSessionBuildsRunsWhereItIsAskedFor) {
    const std::string built = folder_ + "/my project/out/tests";
    ASSERT_EQ(init({"--agent", "claude"}).status, 0);
    EXPECT_EQ(remit({"policy", "explain", "./remit.textproto", "--exec", built}).status, 1);
    ASSERT_EQ(init({"--agent", "claude", "--build", "--yes"}).status, 0);
    EXPECT_EQ(remit({"policy", "explain", "./remit.textproto", "--exec", built}).status, 0);
    EXPECT_EQ(remit({"policy", "explain", "./remit.textproto", "--exec", folder_ + "/elsewhere"}).status, 1);
}

TEST_F(Init, AFileThatIsThereIsShownAndStays) {
    ASSERT_EQ(init({"--agent", "shell"}).status, 0);
    const std::string first = read("remit.textproto");
    const Ran same = init({"--agent", "shell"});
    EXPECT_EQ(same.status, 0);
    EXPECT_TRUE(same.says("says this already")) << same.err;
    const Ran refused = init({"--agent", "shell", "--build"});
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(refused.says("+ grant { tool: \"build\" }")) << refused.out;
    EXPECT_TRUE(refused.says("--yes replaces it")) << refused.err;
    EXPECT_EQ(read("remit.textproto"), first);
    const auto written = init({"--agent", "shell", "--build", "--yes", "--json"}).json();
    EXPECT_EQ(written["changed"], true);
    EXPECT_NE(read("remit.textproto"), first);
}

TEST_F(Init, MistakesSayWhatWasMeant) {
    const Ran wrong = init({"--agent", "cluade"});
    EXPECT_EQ(wrong.status, 64);
    EXPECT_TRUE(wrong.says("did you mean `claude`?")) << wrong.err;
    EXPECT_TRUE(wrong.says("codex")) << "all names are told";
    EXPECT_EQ(remit({"init", "--agent", "claude", "--shipped", folder_ + "/none"}).status, 66);
    EXPECT_EQ(init({"--agent", "claude", "--from-learn", "x"}).status, 64);
    EXPECT_EQ(init({"--from-learn", "x", "--log-dir", folder_ + "/none"}).status, 66);
    EXPECT_FALSE(std::filesystem::exists("remit.textproto"));
}

TEST(FirstPolicy, IsNamedAfterAgentAndFolder) {
    EXPECT_EQ(policy_name_for("claude", "/srv/My app.2"), "claude-My-app-2");
    EXPECT_EQ(policy_name_for("", "/srv/app"), "app");
    EXPECT_EQ(policy_name_for("claude", "/"), "claude");
    EXPECT_EQ(policy_name_for("", "/"), "first");
}

TEST(TextDiff, ShowsChangesWithWhatIsAround) {
    EXPECT_EQ(text_diff("a\nb\n", "a\nb\n"), "");
    EXPECT_EQ(text_diff("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\nfive\n6"), "…\n  3\n  4\n- 5\n+ five\n  6\n");
    EXPECT_EQ(text_diff("a", "a\nb"), "  a\n+ b\n");
    EXPECT_EQ(text_diff("a\nb", "b"), "- a\n  b\n");
    EXPECT_EQ(text_diff("a\x1b", "b"), "- a\xef\xbf\xbd\n+ b\n") << "safe for terminals";
}

}  // namespace
}  // namespace remit::cli::testing
