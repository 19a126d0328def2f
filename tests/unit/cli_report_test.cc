#include <nlohmann/json.hpp>

#include "cli/report.h"
#include "cli_folder.h"

namespace remit::cli {
namespace {

using nlohmann::json;
using testing::CliFolder;
using testing::remit;

constexpr const char* kHostile = "</title><script>alert(1)</script>\"'&\x1b[31m";

class ReportTest : public CliFolder {
protected:
    // Not a chain: the page says so, and shows what the lines say all the same.
    void add(const std::string& kind, json more, const std::string& session = "0194aaaa-0001", const std::string& name = "fix") {
        json line{{"v", 1},
                  {"seq", seq_},
                  {"prev", std::string(64, '0')},
                  {"ts", "2026-11-24T09:31:0" + std::to_string(seq_ % 10) + ".000000000Z"},
                  {"kind", kind}};
        seq_++;
        line["session"] = {{"id", session},
                           {"root", "0194aaaa-0001"},
                           {"name", name},
                           {"policy", "coding"},
                           {"policy_sha256", "ab12"},
                           {"agent", "claude"},
                           {"on_behalf_of", "someone@corp.example"},
                           {"purpose", "fix ticket"},
                           {"mode", "enforce"},
                           {"tier", "base"}};
        if (!more.is_null()) line.update(more);
        text_ += line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    }
    void crossing(const std::string& object, const std::string& effect, const std::string& tool, uint64_t count = 1,
                  const std::string& rule = "grant web (p:3)") {
        add("crossing", {{"crossing", "exec"},
                         {"object", {{"path", object}}},
                         {"effect", effect},
                         {"tool", tool},
                         {"rule", rule},
                         {"count", count},
                         {"verdict", effect == "passed" ? "allow" : "deny"},
                         {"reason", effect == "passed" ? "" : "NO_TOOL"},
                         {"process", {{"program", {{"path", "/usr/bin/sh"}}}}}});
    }
    testing::Ran run(std::vector<std::string> more) {
        write("trail/20261124T093100Z-0.jsonl", text_);
        std::vector<std::string> arguments{"report"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        arguments.push_back(folder_ + "/trail");
        return remit(arguments);
    }
    uint64_t seq_ = 0;
    std::string text_;
};

TEST_F(ReportTest, SaysWhoForWhomAndWhatCameOfIt) {
    add("session_start", {{"actor", {{"uid", 1001}, {"pid", 7}}}, {"host", "h1"}});
    crossing("/usr/bin/git", "passed", "repo", 41);
    crossing("/usr/bin/nc", "refused", "", 3, "");
    add("label", {{"label", "untrusted-input"}, {"tool", "web"}});
    add("session_revoked", {{"why", "token seen elsewhere"}, {"actor", {{"uid", 1002}}}});
    add("session_end", {{"totals", {{"bytes_out", "2048"}, {"bytes_in", "1048576"}}}});
    const auto ran = run({"fix"});
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    for (const char* text : {"someone@corp.example", "fix ticket", "uid 1001", "coding, SHA-256 ab12", "/usr/bin/git", "/usr/bin/nc",
                             "no tool of the policy", "untrusted-input", "token seen elsewhere", "uid 1002", "2.0 KiB", "1.0 MiB", "41",
                             "prefers-color-scheme:dark", "@media print", "No checkpoint stands in it yet"})
        EXPECT_NE(ran.out.find(text), std::string::npos) << text;
}

TEST_F(ReportTest, EscapesWhateverTheAgentNamed) {
    EXPECT_EQ(html("<a href=\"x\">'&\x1b"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;\xef\xbf\xbd");
    add("session_start", {{"cgroup", kHostile}}, "0194aaaa-0001", kHostile);
    crossing(kHostile, "passed", kHostile, 1, kHostile);
    crossing(kHostile, "refused", kHostile, 1, kHostile);
    add("label", {{"label", kHostile}, {"tool", kHostile}, {"why", kHostile}});
    const auto ran = run({"0194aaaa"});
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_EQ(ran.out.find("<script"), std::string::npos);
    EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
    EXPECT_NE(ran.out.find("&lt;script&gt;"), std::string::npos);
    // And there is nothing in it that a browser would fetch or run.
    for (const char* text : {"src=", "href=", "url(", "javascript:", "http:", "https:", "@import"})
        EXPECT_EQ(ran.out.find(text), std::string::npos) << text;
}

TEST_F(ReportTest, OfAChildIsThatOfItsTree) {
    add("session_start", {});
    add("session_start", {}, "0194bbbb-0002", "child");
    const auto ran = run({"child"});
    EXPECT_NE(ran.out.find("Started by it"), std::string::npos);
    EXPECT_NE(ran.out.find("0194aaaa-0001"), std::string::npos);
}

TEST_F(ReportTest, SaysThatATrailIsNotWhole) {
    add("session_start", {});
    add("session_end", {});
    add("config", {});
    EXPECT_NE(run({"fix"}).out.find("The trail is not whole"), std::string::npos);
}

TEST_F(ReportTest, NamesGrantsThatWereNeverUsed) {
    add("session_start", {});
    crossing("/usr/bin/git", "passed", "repo", 1, "grant repo (p.textproto:4)");
    const std::string policy = write("p.textproto",
                                     "name: \"coding\"\ntool { name: \"repo\" program { path: \"/usr/bin/git\" } }\ntool { name: \"web\" "
                                     "endpoint { cidr: \"10.0.0.0/8\" } }\ngrant { tool: \"repo\" }\ngrant { tool: \"web\" }\n");
    const auto ran = run({"fix", "--policy", policy});
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("never used</span> grant web"), std::string::npos) << ran.out.substr(ran.out.find("Grants"), 500);
    EXPECT_EQ(ran.out.find("never used</span> grant repo"), std::string::npos);
    EXPECT_TRUE(ran.says("not the very policy"));
}

TEST_F(ReportTest, WantsOneSession) {
    add("session_start", {});
    EXPECT_EQ(run({"nobody"}).status, 66);
    text_ += R"({"kind":"session_start","ts":"2026-11-24T09:31:02Z","session":{"id":"0194cccc","root":"0194cccc","name":"fix"}})"
             "\n";
    EXPECT_EQ(run({"fix"}).status, 64);
    EXPECT_EQ(run({"fix", "-o", folder_ + "/none/page.html"}).status, 64);
    EXPECT_EQ(run({"0194cccc", "-o", folder_ + "/page.html"}).status, 0);
    EXPECT_TRUE(std::filesystem::exists(folder_ + "/page.html"));
}

class CheckTest : public CliFolder {
protected:
    testing::Ran check(const std::string& text) { return remit({"trail", "check", "--profile", "aims", "--json", write("t.jsonl", text)}); }
    static std::vector<std::string> example_lines() {
        std::ifstream page(std::string(REMIT_SOURCE_DIR) + "/docs/trail.md");
        std::vector<std::string> lines;
        for (std::string line; std::getline(page, line);)
            if (line.starts_with(R"({"v":1,"seq":)")) lines.push_back(line);
        return lines;
    }
};

TEST_F(CheckTest, FindsEveryFieldOfAimsInRemitsOwnRecords) {
    std::string text;
    for (const std::string& line : example_lines()) text += line + "\n";
    const auto ran = check(text);
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_EQ(ran.json()["holds"], true);
    const json fields = ran.json()["fields"];
    ASSERT_EQ(fields.size(), 7u);
    for (const json& field : fields) EXPECT_EQ(field["held"], "yes") << field;
}

TEST_F(CheckTest, NamesTheFieldThatLacks) {
    for (const auto& [key, index] : {std::pair{"/session/id", 0}, std::pair{"/object", 2}, std::pair{"/verdict", 3}, std::pair{"/ts", 4},
                                     std::pair{"/session/policy_sha256", 5}}) {
        std::string text;
        for (const std::string& line : example_lines()) {
            json record = json::parse(line);
            const json::json_pointer at{std::string(key)};
            if (record["kind"] == "crossing") record[at.parent_pointer()].erase(at.back());
            text += record.dump() + "\n";
        }
        const auto ran = check(text);
        EXPECT_EQ(ran.status, 1) << key;
        EXPECT_EQ(ran.json()["fields"][index]["held"], "no") << key;
    }
}

TEST_F(CheckTest, ASubjectThatIsNotThereIsToldAndNoFailure) {
    std::string text;
    for (const std::string& line : example_lines()) {
        json record = json::parse(line);
        if (record.contains("session")) record["session"].erase("on_behalf_of");
        text += record.dump() + "\n";
    }
    const auto ran = check(text);
    EXPECT_EQ(ran.status, 0) << ran.out << ran.err;
    EXPECT_EQ(ran.json()["fields"][1]["held"], "not in all");
}

TEST_F(CheckTest, OfNothingIsMissing) {
    EXPECT_EQ(check("").status, 66);
    EXPECT_EQ(remit({"trail", "check", "--profile", "sox"}).status, 64);
}

}  // namespace
}  // namespace remit::cli
