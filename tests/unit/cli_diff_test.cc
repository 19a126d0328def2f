// remit policy diff, and the replay of recorded crossings.
#include "unit/cli_folder.h"
#include "unit/cli_trail_lines.h"

namespace remit::cli::testing {
namespace {

constexpr const char* kTools = R"(name: "p"
tool { name: "git" program { path: "/usr/bin/git" } }
tool { name: "web" endpoint { cidr: "10.0.0.0/8" port: "443" } }
tool { name: "db" endpoint { unix_path: "/run/db" peer_program: "/usr/bin/db" } }
tool { name: "dev" listen { address: "0.0.0.0" port: "3000" } }
tool { name: "nl" socket { family: "netlink" protocol: "route" } }
tool { name: "pinned" program { path: "/usr/bin/pinned" sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" } }
)";

class Diff : public CliFolder {
protected:
    // before and after: grants and denies.
    Ran diff(const std::string& before, const std::string& after, const TrailLines& trail, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"policy",
                                           "diff",
                                           write("a.textproto", kTools + before),
                                           write("b.textproto", kTools + after),
                                           "--replay",
                                           write("20261124T000000Z-0.jsonl", trail.text())};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return remit(arguments);
    }
};

TEST_F(Diff, ReplaysWhatChangesWithItsCounts) {
    TrailLines trail;
    trail.start("s")
        .exec("s", 1, "/usr/bin/git", {{"count", 5}})
        .connect("s", 2, "10.1.1.1", 443, {{"count", 3}})
        .connect("s", 3, "192.0.2.1", 1);
    const json shown =
        diff("grant { tool: \"git\" }", "grant { tool: \"git\" max_uses: 2 }\ngrant { tool: \"web\" }", trail, {"--json"}).json();
    const json& replay = shown["replay"];
    EXPECT_EQ(replay["crossings"], 9);
    EXPECT_EQ(replay["same"], 3) << replay;
    EXPECT_EQ(replay["changed"], 6);
    ASSERT_EQ(replay["changes"].size(), 2u);
    EXPECT_EQ(replay["changes"][0]["after"], "deny MAX_USES");
    EXPECT_EQ(replay["changes"][0]["count"], 3) << "two of five are within the uses";
    EXPECT_EQ(replay["changes"][1]["before"], "deny NOT_GRANTED");
    EXPECT_EQ(replay["changes"][1]["after"], "allow");
    const Ran text = diff("grant { tool: \"git\" }", "grant { tool: \"git\" max_uses: 2 }\ngrant { tool: \"web\" }", trail);
    EXPECT_EQ(text.status, 1);
    EXPECT_TRUE(text.says("9 recorded crossings: 3 the same, 6 otherwise, 0 cannot be said")) << text.out;
    EXPECT_TRUE(text.says("deny NOT_GRANTED → allow")) << text.out;
}

TEST_F(Diff, KeepsOrderTimesAndAnswers) {
    TrailLines trail;
    trail.start("s").connect("s", 10, "10.0.0.1", 443).exec("s", 61, "/usr/bin/git").connect("s", 70, "10.0.0.1", 443);
    trail.approved("s", 80, "web").connect("s", 90, "10.0.0.1", 443).start("t").connect("t", 5, "10.0.0.1", 443);
    const std::string granted = "grant { tool: \"git\" }\ngrant { tool: \"web\" }";
    const json replay =
        diff(granted, "grant { tool: \"git\" }\ngrant { tool: \"web\" from: \"1m\" only_after: \"git\" approval { scope: SESSION } }",
             trail, {"--json"})
            .json()["replay"];
    ASSERT_EQ(replay["changes"].size(), 2u) << replay;
    EXPECT_EQ(replay["changes"][0]["after"], "deny NOT_YET");
    EXPECT_EQ(replay["changes"][0]["count"], 2) << "the first of each session";
    EXPECT_EQ(replay["changes"][1]["after"], "pending APPROVAL");
    EXPECT_EQ(replay["changes"][1]["count"], 1);
}

TEST_F(Diff, JudgesEveryKindOfObject) {
    TrailLines trail;
    trail.start("s");
    trail.crossing("s", 1, "unix", {{"path", "/run/db"}, {"ino", "3"}, {"peer", {{"pid", 9}, {"path", "/usr/bin/db"}}}});
    trail.crossing("s", 1, "unix", {{"path", "/run/db"}, {"ino", "3"}, {"peer", {{"pid", 9}, {"path", "/usr/bin/other"}}}});
    trail.crossing("s", 2, "listen", {{"protocol", "tcp"}, {"address", "0.0.0.0"}, {"port", 3000}});
    trail.crossing("s", 2, "listen", {{"protocol", "tcp"}, {"address", "127.0.0.1"}, {"port", 9}},
                   {{"rule", "its own"}, {"verdict", "allow"}});
    trail.crossing("s", 3, "connect", {{"family", "netlink"}, {"type", "raw"}, {"protocol", "0"}}, {{"reason", "FAMILY"}});
    trail.crossing("s", 4, "send", {{"protocol", "udp"}, {"address", "10.0.0.1"}, {"port", 443}});
    const json replay =
        diff("", "grant { tool: \"db\" }\ngrant { tool: \"dev\" }\ngrant { tool: \"nl\" }\ngrant { tool: \"web\" }", trail, {"--json"})
            .json()["replay"];
    EXPECT_EQ(replay["changed"], 4) << replay;
    EXPECT_EQ(replay["same"], 2) << "the stranger behind the socket, and what is the session's own";
    EXPECT_EQ(replay["undecided"], json::object());
}

TEST_F(Diff, SaysWhatTheRecordDoesNotSay) {
    TrailLines trail;
    trail.exec("s", 1, "/usr/bin/pinned").exec("s", 2, "/usr/bin/git", {{"reason", "REVOKED"}});
    trail.crossing("s", 3, "unix", {{"path", "/run/db"}}).crossing("s", 4, "resolve", {{"name", "x.example"}});
    trail.crossing("s", 5, "exec", {{"script_claimed", "/tmp/x.sh"}, {"ino", "3"}});
    trail.crossing("s", 6, "exec", {{"path", "/usr/bin/cut-of"}, {"ino", "3"}, {"truncated", true}});
    const Ran ran = diff("", "", trail);
    EXPECT_EQ(ran.status, 0);
    for (const char* said : {"0 the same, 0 otherwise, 6 cannot be said", "asks for the program's content",
                             "the session's own state (REVOKED)", "who listens behind the socket", "resolve crossing", "script's own name",
                             "only the beginning", "1 sessions whose start is not in the trail"})
        EXPECT_TRUE(ran.says(said)) << said << "\n" << ran.out;
}

TEST_F(Diff, OfPoliciesAloneExitsByWhetherTheyDiffer) {
    const std::string a = write("a.textproto", kTools), b = write("b.textproto", std::string(kTools) + "grant { tool: \"git\" }\n");
    EXPECT_EQ(remit({"policy", "diff", a, a}).status, 0);
    const Ran ran = remit({"policy", "diff", a, b});
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "allowed:\n  + tool git is granted, was not granted\n");
    EXPECT_EQ(remit({"policy", "diff", a, folder_ + "/none.textproto"}).status, 66);
    EXPECT_EQ(remit({"policy", "diff", a, write("bad.textproto", "x: 1")}).status, 65);
    EXPECT_NE(remit({"policy", "diff", a, b, "--replay", folder_ + "/none"}).status, 0);
}

TEST_F(Diff, OutlivesLinesOfAnotherShape) {
    const std::string trail =
        "{\"kind\":\"crossing\",\"crossing\":3,\"object\":[],\"count\":\"x\",\"session\":5}\n"
        "{\"kind\":\"crossing\",\"crossing\":\"connect\",\"object\":{\"port\":\"x\",\"address\":7,\"protocol\":{}},\"count\":-1}\n"
        "{\"kind\":\"crossing\",\"crossing\":\"exec\",\"object\":{\"path\":\"/a\",\"sha256\":\"zz\",\"truncated\":7}}\n";
    const std::string a = write("a.textproto", kTools);
    EXPECT_EQ(remit({"policy", "diff", a, a, "--replay", write("20261124T000000Z-0.jsonl", trail)}).status, 0);
}

}  // namespace
}  // namespace remit::cli::testing
