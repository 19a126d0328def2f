#include <nlohmann/json.hpp>
#include <set>

#include "trail/line.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

using nlohmann::json;

// TRAIL.md's rules, computed here in another way than the product does.
TEST(Chain, GivesTheKnownAnswer) {
    // printf '\0{"v":1}' | sha256sum
    EXPECT_EQ(chain_hash("{\"v\":1}"), "0fe7f04cd9688fb996eea9ae1248cbe83b4d04805413f35ab25ad9deb5a3cb32");
    // RFC 6962: the leaf hash of an empty leaf.
    EXPECT_EQ(chain_hash(""), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(Line, HasTheBytesOfTheFormat) {
    std::string line;
    append_line(line, example_connect(), {412, kFirstPrev, 1795512578848956678, "h1", "b00t"});
    EXPECT_EQ(
        line,
        R"({"v":1,"seq":412,"prev":"0000000000000000000000000000000000000000000000000000000000000000",)"
        R"("ts":"2026-11-24T09:31:02.123456789Z","boot_ns":"83274500111","host":"h1","boot":"b00t","kind":"crossing",)"
        R"("crossing_id":"019ab53e-6c02-7d1e-9b7a-51c2f0a3d4e6","cpu":1,"n":"20411","count":1,)"
        R"("session":{"id":"019ab53e-5b86-7a4f-8c11-3f0e2d1c4b5a","policy":"coding",)"
        R"("policy_sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","name":"fix-1432","agent":"claude",)"
        R"("on_behalf_of":"requester@corp.example","purpose":"fix ticket","task":"T-1432",)"
        R"("claimed":["agent","on_behalf_of","purpose","task"],"generation":3,"mode":"enforce","tier":"lsm","labels":["untrusted-input"]},)"
        R"("process":{"pid":4711,"ppid":4700,"start_ns":"83270000000","exec_id":"4711-83270000000-2","uid":1000,)"
        R"("comm":"curl","program":{"path":"/usr/bin/curl","dev":"254:0","ino":"12345",)"
        R"("sha256":"5f2b51ca2fdc5baa31ec02e002f69aec1d2ba1a1ac0ff0b6c1a9ba3d7ac9c5d1"}},)"
        R"("crossing":"connect","object":{"protocol":"tcp","address":"10.20.1.7","port":443,"host":"deploy.corp.example","host_from":"policy"},)"
        R"json("tool":"deploy","tools":["deploy","intranet"],"rule":"grant deploy (coding.textproto:31)","verdict":"deny","reason":"ONLY_AFTER",)json"
        R"("decided_by":"kernel","effect":"refused","latency_ns":310})");
}

// The page shows exactly these lines; where this fails, the page or the format is wrong.
TEST(Line, OfEachKindStandsInTheDocument) {
    const auto page = std::filesystem::path(REMIT_SOURCE_DIR) / "docs/trail.md";
    std::vector<std::string> shown;
    for (const std::string& line : lines_of(bytes_of_file(page)))
        if (line.starts_with("{\"v\":1,\"seq\":")) shown.push_back(line);
    EXPECT_EQ(shown, example_trail());
    std::set<std::string> kinds;
    for (const std::string& line : shown) kinds.insert(json::parse(line).at("kind"));
    EXPECT_EQ(kinds.size(), size_t(Kind::kSegmentPruned) + 1);
}

TEST(Line, KeepsEveryNumberExactly) {
    Record record = a_crossing(7, ~0ULL);
    record.boot_ns = (1ULL << 53) + 1;
    ExecObject object;
    object.program.ino = ~0ULL;
    record.object = object;
    std::string line;
    append_line(line, record, {(1ULL << 53) - 1, kFirstPrev, 0, "h", "b"});
    const json parsed = json::parse(line);
    EXPECT_EQ(parsed["n"], "18446744073709551615");
    EXPECT_EQ(parsed["boot_ns"], "9007199254740993");
    EXPECT_EQ(parsed["object"]["ino"], "18446744073709551615");
    EXPECT_EQ(parsed["seq"], (1ULL << 53) - 1);
}

TEST(Line, OutsideTextForgesNothing) {
    for (const std::string& evil : {std::string("x\n{\"v\":1,\"seq\":9}"), std::string("\x1b]0;owned\x07"), std::string("\xff\xc0\xaf"),
                                    std::string("\u202egpj.exe"), std::string("\",\"verdict\":\"allow\",\"x\":\""), std::string("a\0b", 3),
                                    std::string("\u2028"), std::string("\\"), std::string(120 << 10, 'A')}) {
        Record record = example_connect();
        record.process->comm = evil;
        record.process->program.path = evil;
        record.object = ExecObject{{evil, "", 0, ""}, evil, evil, evil, false};
        record.tools = {evil};
        record.rule = evil;
        auto session = std::make_shared<Session>(*record.session);
        session->purpose = session->name = evil;
        session->labels = {evil, "plain"};
        record.session = session;
        std::string line;
        append_line(line, record, {1, kFirstPrev, 0, "h", "b"});
        for (const char c : line) ASSERT_GE(uint8_t(c), 0x20) << evil;
        const json parsed = json::parse(line);
        EXPECT_EQ(parsed["verdict"], "deny");
        EXPECT_EQ(parsed["seq"], 1);
        const json& object = parsed["object"];
        if (evil.size() > 4096)
            EXPECT_EQ(object["truncated"], true);
        else if (object.contains("path_hex"))
            EXPECT_EQ(object["path_hex"], hex({reinterpret_cast<const uint8_t*>(evil.data()), evil.size()}));
        else
            EXPECT_EQ(object["path"], evil);
    }
}

TEST(Line, SaysWhereTheKernelCutAPath) {
    Record record = a_crossing(0, 0);
    ExecObject object;
    object.program.path = "/usr/very/long";
    object.path_cut = true;
    record.object = object;
    std::string line;
    append_line(line, record, {0, kFirstPrev, 0, "h", "b"});
    EXPECT_EQ(json::parse(line)["object"]["truncated"], true);
}

}  // namespace
}  // namespace remit::trail
