// The contract of the command line: exit codes, help, did-you-mean, --json, and the verbs that need no daemon.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/app.h"
#include "cli/policy_file.h"

namespace remit::cli {
namespace {

struct Ran {
    int status;
    std::string out, err;
};

Ran remit(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    Cli cli{out, err};
    int status = run_app(cli, arguments);
    return {status, out.str(), err.str()};
}

TEST(Usage, WrongVerbsSayWhatWasMeant) {
    struct Case {
        std::vector<std::string> arguments;
        const char* hint;
    };
    for (const Case& c :
         {Case{{"sesions"}, "did you mean `sessions`?"}, Case{{"policy", "chekc", "x"}, "did you mean `check`?"},
          Case{{"--run-dir", "/tmp", "statsu"}, "did you mean `status`?"}, Case{{"trail", "verfy"}, "did you mean `verify`?"},
          Case{{"sessions", "--jsno"}, "did you mean `--json`?"}, Case{{"watch", "--refusd"}, "did you mean `--refused`?"}}) {
        Ran ran = remit(c.arguments);
        EXPECT_EQ(ran.status, 64) << c.hint;
        EXPECT_NE(ran.err.find(c.hint), std::string::npos) << ran.err;
        EXPECT_EQ(ran.out, "");
    }
}

TEST(Usage, AVerbIsMadeAloneAsItIsAmongAll) {
    std::ostringstream out, err;
    Cli cli{out, err};
    const auto all = make_app(cli);
    const auto any = [](const CLI::App*) { return true; };
    for (CLI::App* verb : all->get_subcommands(any)) {
        const auto alone = make_app(cli, verb->get_name());
        const auto verbs = alone->get_subcommands(any);
        ASSERT_EQ(verbs.size(), 1u) << verb->get_name();
        EXPECT_EQ(verbs[0]->get_name(), verb->get_name());
    }
    EXPECT_EQ(all->get_subcommands(any).size(), 29u);
}

TEST(Usage, MistakesAre64AndPointToHelp) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{},
                                               {"run"},
                                               {"run", "--policy", "p"},
                                               {"show"},
                                               {"policy"},
                                               {"policy", "check"},
                                               {"attach", "--policy", "p"},
                                               {"attach", "--policy", "p", "--pid", "7", "--cgroup", "/c"},
                                               {"attach", "--policy", "p", "--pid", "0"},
                                               {"oci-hook"},
                                               {"why", "--last", "many"},
                                               {"zzzzzz"},
                                               {"doctor", "--require", "base-teir"},
                                               {"trail", "show", "--since", "soon"},
                                               {"policy", "explain", "x.textproto"}}) {
        Ran ran = remit(arguments);
        EXPECT_EQ(ran.status, 64) << ran.err;
        EXPECT_NE(ran.err, "");
    }
}

TEST(Usage, JsonErrorsAreOneObjectOnStdout) {
    Ran ran = remit({"sesions", "--json"});
    EXPECT_EQ(ran.status, 64);
    EXPECT_EQ(ran.err, "");
    auto shown = nlohmann::json::parse(ran.out);
    EXPECT_EQ(shown["error"]["code"], 64);
    EXPECT_NE(shown["error"]["hint"].get<std::string>().find("sessions"), std::string::npos);
}

TEST(Usage, HelpBeginsWithAnExample) {
    std::vector<std::vector<std::string>> verbs{{"run"},
                                                {"attach"},
                                                {"oci-hook"},
                                                {"detach"},
                                                {"sessions"},
                                                {"show"},
                                                {"revoke"},
                                                {"why"},
                                                {"watch"},
                                                {"status"},
                                                {"doctor"},
                                                {"pending"},
                                                {"approve"},
                                                {"reject"},
                                                {"off"},
                                                {"policy"},
                                                {"trail"},
                                                {"policy", "check"},
                                                {"policy", "explain"},
                                                {"policy", "test"},
                                                {"policy", "diff"},
                                                {"policy", "draft"},
                                                {"policy", "install"},
                                                {"policy", "list"},
                                                {"policy", "show"},
                                                {"trail", "show"},
                                                {"trail", "verify"},
                                                {"trail", "export"},
                                                {"trail", "check"},
                                                {"report"},
                                                {"metrics"},
                                                {"init"},
                                                {"whoami"},
                                                {"allowed"},
                                                {"request"},
                                                {"mcp"},
                                                {}};
    for (std::vector<std::string> verb : verbs) {
        std::string name = verb.empty() ? "remit" : verb.back();
        verb.push_back("--help");
        Ran ran = remit(verb);
        EXPECT_EQ(ran.status, 0) << name;
        EXPECT_TRUE(ran.out.starts_with("Example:\n  remit ") || ran.out.starts_with("Example:\n  sudo remit ")) << ran.out;
        EXPECT_NE(ran.out.find("--json"), std::string::npos) << "the options of all verbs are named in " << name;
    }
    EXPECT_NE(remit({"--help"}).out.find("69 daemon not there"), std::string::npos);
    EXPECT_EQ(remit({"--version"}).out, "remit 0.1.0\n");
}

TEST(Usage, WithoutDaemonIs69With125ForRun) {
    std::string nowhere = "/nonexistent-run-dir";
    for (std::vector<std::string> verb : std::vector<std::vector<std::string>>{{"sessions"},
                                                                               {"status"},
                                                                               {"pending"},
                                                                               {"why"},
                                                                               {"watch"},
                                                                               {"show", "x"},
                                                                               {"revoke", "x"},
                                                                               {"detach", "x"},
                                                                               {"approve", "x"},
                                                                               {"reject", "x"}}) {
        verb.insert(verb.end(), {"--run-dir", nowhere});
        Ran ran = remit(verb);
        EXPECT_EQ(ran.status, 69) << verb[0];
        EXPECT_NE(ran.err.find("REMIT_RUN_DIR"), std::string::npos) << ran.err;
    }
    Ran run = remit({"run", "--run-dir", nowhere, "--policy", "p", "--json", "--", "sh", "-c", "exit 3"});
    EXPECT_EQ(run.status, 125);
    EXPECT_EQ(nlohmann::json::parse(run.out)["error"]["code"], 69);
}

TEST(Usage, WhatStandsBehindTheDashesIsCmds) {
    Ran run = remit({"run", "--policy", "p", "--run-dir", "/nonexistent-run-dir", "--", "ls", "--json", "--nonsense", "-x"});
    EXPECT_EQ(run.status, 125);
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(remit({"run", "--policy", "p", "--run-dir", "/nonexistent-run-dir", "ls", "--nonsense"}).status, 64);
}

TEST(Usage, RunDirComesFromTheEnvironment) {
    ::setenv("REMIT_RUN_DIR", "/from-the-environment", 1);
    Ran ran = remit({"status"});
    ::unsetenv("REMIT_RUN_DIR");
    EXPECT_NE(ran.err.find("/from-the-environment/control.sock"), std::string::npos) << ran.err;
}

class PolicyVerbs : public testing::Test {
protected:
    void SetUp() override {
        char folder[] = "/tmp/remit-cli-XXXXXX";
        ASSERT_NE(::mkdtemp(folder), nullptr);
        folder_ = folder;
    }
    void TearDown() override {
        for (const std::string& file : files_) ::unlink(file.c_str());
        ::rmdir(folder_.c_str());
    }
    std::string write(const std::string& name, const std::string& text) {
        files_.push_back(folder_ + "/" + name);
        std::ofstream(files_.back()) << text;
        return files_.back();
    }
    std::string folder_;
    std::vector<std::string> files_;
};

constexpr const char* kPolicy = R"(name: "p"
import: "tools.textproto"
tool { name: "git" program { path: "/usr/bin/git" } }
tool { name: "deploy" endpoint { cidr: "10.0.0.0/8" port: "443" } }
grant { tool: "git" }
grant { tool: "deploy" only_after: "git" approval { wait: "10m" scope: SESSION } }
)";
constexpr const char* kTools = "tool { name: \"web\" endpoint { cidr: \"192.0.2.0/24\" } }\n";

TEST_F(PolicyVerbs, CheckIs0WhenGoodAnd65WithPositionsWhenNot) {
    write("tools.textproto", kTools);
    Ran good = remit({"policy", "check", write("p.textproto", kPolicy)});
    EXPECT_EQ(good.status, 0) << good.out << good.err;
    std::string bad = write("bad.textproto", "name: \"p\"\nfrobnicate: 1\ngrant { tool: \"none\" }\n");
    Ran ran = remit({"policy", "check", bad});
    EXPECT_EQ(ran.status, 65);
    EXPECT_NE(ran.out.find(bad + ":2:1: "), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find(bad + ":3:"), std::string::npos) << ran.out;
    auto shown = nlohmann::json::parse(remit({"policy", "check", "--json", bad}).out);
    EXPECT_EQ(shown["files"][0]["good"], false);
    EXPECT_EQ(shown["files"][0]["diagnostics"][0]["line"], 2);
    EXPECT_EQ(remit({"policy", "check", folder_ + "/none.textproto"}).status, 66);
}

TEST_F(PolicyVerbs, ExplainSaysAllowDenyAndPendingByItsStatus) {
    write("tools.textproto", kTools);
    std::string file = write("p.textproto", kPolicy);
    EXPECT_EQ(remit({"policy", "explain", file, "--exec", "/usr/bin/git"}).status, 0);
    EXPECT_EQ(remit({"policy", "explain", file, "--exec", "/usr/bin/nc"}).status, 1);
    EXPECT_EQ(remit({"policy", "explain", file, "--connect", "10.1.1.1:443"}).status, 1);
    EXPECT_EQ(remit({"policy", "explain", file, "--connect", "10.1.1.1:443", "--after", "git"}).status, 75);
    auto shown = nlohmann::json::parse(
        remit({"policy", "explain", file, "--connect", "10.1.1.1:443", "--after", "git", "--approved", "deploy", "--json"}).out);
    EXPECT_EQ(shown["verdict"], "allow");
    EXPECT_EQ(shown["tool"], "deploy");
    EXPECT_EQ(remit({"policy", "explain", file, "--connect", "nonsense"}).status, 64);
    EXPECT_EQ(remit({"policy", "explain", file, "--exec", "git"}).status, 64);
}

TEST_F(PolicyVerbs, SourcesTravelWithTheirImports) {
    write("tools.textproto", kTools);
    control::v1::StartSession start;
    auto folder = set_policy(start, write("p.textproto", kPolicy));
    ASSERT_TRUE(folder) << folder.error().message;
    EXPECT_EQ(*folder, folder_ + "/");
    ASSERT_EQ(start.source().files_size(), 2);
    EXPECT_EQ(start.source().files(0).name(), "p.textproto");
    EXPECT_EQ(start.source().files(1).text(), kTools);
    ASSERT_TRUE(set_policy(start, "coding"));
    EXPECT_EQ(start.installed(), "coding");
    EXPECT_EQ(set_policy(start, folder_ + "/none.textproto").error().code, Code::kMissing);
}

TEST(Doctor, RequirementsDecideItsStatus) {
    Ran ran = remit({"doctor", "--json", "--run-dir", "/nonexistent-run-dir"});
    EXPECT_EQ(ran.status, 0);
    auto shown = nlohmann::json::parse(ran.out);
    ASSERT_FALSE(shown["guarantees"].empty());
    for (const auto& guarantee : shown["guarantees"]) {
        std::string name = guarantee["name"];
        int status = remit({"doctor", "--run-dir", "/nonexistent-run-dir", "--require", name}).status;
        EXPECT_EQ(status, guarantee["standing"] == "enforced" ? 0 : 1) << name;
    }
    EXPECT_EQ(remit({"doctor", "--run-dir", "/nonexistent-run-dir", "--require", "exec-hold", "pins", "--json"}).status,
              remit({"doctor", "--run-dir", "/nonexistent-run-dir", "--require", "exec-hold", "--require", "pins"}).status);
}

TEST_F(PolicyVerbs, TrailVerifyPassesItsStatusOn) {
    EXPECT_EQ(remit({"trail", "verify", write("20261124T000000Z-0.jsonl", "no line of a trail\n")}).status, 65);
    EXPECT_NE(remit({"trail", "verify", "--log-dir", folder_ + "/none"}).status, 0);
}

}  // namespace
}  // namespace remit::cli
