#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/cef.h"
#include "cli/journal_sink.h"
#include "cli/ocsf.h"
#include "cli/sink.h"
#include "cli_folder.h"

namespace remit::cli {
namespace {

using nlohmann::json;
using testing::CliFolder;
using testing::remit;

// One line of each kind, as docs/trail.md shows them: a whole trail.
std::vector<std::string> example_lines() {
    std::ifstream page(std::string(REMIT_SOURCE_DIR) + "/docs/trail.md");
    std::vector<std::string> lines;
    for (std::string line; std::getline(page, line);)
        if (line.starts_with(R"({"v":1,"seq":)")) lines.push_back(line);
    return lines;
}

// What the schema (version 1.8.0) says is required of a class, beside what is required of all.
const std::map<int, std::vector<std::string>> kRequired = {
    {1007, {"/actor/process/pid", "/device/type_id", "/process"}},
    {2004, {"/finding_info/title", "/finding_info/uid"}},
    {3003, {"/user", "/privileges/0"}},
    {4001, {"/connection_info"}},
    {6003, {"/actor", "/api/operation", "/src_endpoint"}},
};
const std::vector<std::string> kRequiredOfAll = {"/activity_id",      "/category_uid",      "/class_uid",     "/metadata/version",
                                                 "/metadata/product", "/metadata/profiles", "/severity_id",   "/time",
                                                 "/type_uid",         "/action_id",         "/disposition_id"};

TEST(Ocsf, HasWhatTheSchemaRequiresOfEachKind) {
    std::map<int, int> seen;
    for (const std::string& line : example_lines()) {
        const json record = json::parse(line);
        const json event = ocsf_of(record);
        const int uid = event.at("class_uid");
        seen[uid]++;
        std::vector<std::string> required = kRequiredOfAll;
        required.insert(required.end(), kRequired.at(uid).begin(), kRequired.at(uid).end());
        for (const std::string& path : required)
            EXPECT_TRUE(event.contains(json::json_pointer(path))) << record["kind"] << " lacks " << path;
        EXPECT_EQ(event["category_uid"], uid / 1000);
        EXPECT_EQ(event["type_uid"], uid * 100 + event["activity_id"].get<int>());
        EXPECT_EQ(event["time"], 1795512662123);
        EXPECT_EQ(event["unmapped"], record) << "nothing is left out";
        if (uid == 4001) {
            EXPECT_TRUE(event.contains("dst_endpoint") || event.contains("src_endpoint"));
        }
    }
    EXPECT_EQ(seen.size(), kRequired.size()) << "a line of each class";
}

TEST(Ocsf, SaysWhatWasRefusedToWhomAndWhy) {
    for (const std::string& line : example_lines()) {
        const json record = json::parse(line);
        if (record.value("effect", "") != "refused" || record["kind"] != "crossing") continue;
        const json event = ocsf_of(record);
        EXPECT_EQ(event["class_uid"], 4001);
        EXPECT_EQ(event["activity_id"], 5);
        EXPECT_EQ(event["action_id"], 2);
        EXPECT_EQ(event["disposition_id"], 2);
        EXPECT_EQ(event["status_detail"], "ONLY_AFTER");
        EXPECT_EQ(event["dst_endpoint"], (json{{"ip", "10.20.1.7"}, {"port", 443}, {"hostname", "deploy.corp.example"}}));
        EXPECT_EQ(event["actor"]["user"]["name"], "requester@corp.example");
        EXPECT_EQ(event["actor"]["process"]["file"]["hashes"][0]["algorithm_id"], 3);
        EXPECT_EQ(event["policy"]["name"], "coding");
        EXPECT_EQ(event["firewall_rule"]["name"], "grant deploy (coding.textproto:31)");
        return;
    }
    FAIL() << "no refusal among the examples";
}

TEST(Ocsf, OfWhatIsNoRecordIsStillAnEvent) {
    for (const char* line : {"{}", R"({"kind":7,"object":[],"ts":"never"})", R"({"kind":"crossing","crossing":"exec","process":"none"})"})
        EXPECT_TRUE(ocsf_of(json::parse(line)).contains("class_uid")) << line;
}

TEST(Cef, EscapesWhatWouldEndAFieldOrALine) {
    EXPECT_EQ(cef_head("a|b\\c=d\ne"), "a\\|b\\\\c=d e");
    EXPECT_EQ(cef_value("a|b\\c=d\ne\rf"), "a|b\\\\c\\=d\\ne\\rf");
    json record = json::parse(example_lines()[7]);
    record["session"]["on_behalf_of"] = "mallory act=passed\nCEF:0|evil";
    record["object"]["host"] = "a=b\\";
    const std::string line = cef_of(record);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_NE(line.find("suser=mallory act\\=passed\\nCEF:0|evil "), std::string::npos) << line;
    EXPECT_NE(line.find("dhost=a\\=b\\\\ "), std::string::npos) << line;
}

TEST(Cef, HasSevenFieldsOfHeadForEachKind) {
    for (const std::string& text : example_lines()) {
        const std::string line = cef_of(json::parse(text));
        ASSERT_TRUE(line.starts_with("CEF:0|Remit|Remit|")) << line;
        int bars = 0;
        for (size_t i = 0; i < line.size() && bars < 7; i++)
            if (line[i] == '|' && line[i - 1] != '\\') bars++;
        EXPECT_EQ(bars, 7) << line;
        EXPECT_NE(line.find(" externalId="), std::string::npos);
    }
    EXPECT_NE(cef_of(json::parse(example_lines()[7])).find("|crossing:connect|connect deny ONLY_AFTER|6|rt=1795512662123 "),
              std::string::npos);
}

TEST(Syslog, IsAMessageOfRfc5424) {
    const Parcel parcel{"the body", "crossing", "h1", "2026-11-24T09:31:02.123456789Z", true};
    const std::string message = syslog_message(parcel, 1000);
    EXPECT_TRUE(message.starts_with("<84>1 2026-11-24T09:31:02.123456Z h1 remit ")) << message;
    EXPECT_TRUE(message.ends_with(" crossing - the body")) << message;
    EXPECT_EQ(syslog_message(parcel, 20).size(), 20u);
    EXPECT_TRUE(syslog_message({"b", "boot", "", "", false}, 1000).starts_with("<86>1 - - remit ")) << "what is not known is a hyphen";
}

TEST(Otlp, IsARequestWithAllRecords) {
    const json request =
        json::parse(otlp_request({{"one", "crossing", "h1", "2026-11-24T09:31:02.123456789Z", true}, {"two", "boot", "h1", "", false}}));
    const json& resource = request.at("resourceLogs").at(0);
    EXPECT_EQ(resource["resource"]["attributes"][1]["value"]["stringValue"], "h1");
    const json& records = resource["scopeLogs"][0]["logRecords"];
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0]["timeUnixNano"], "1795512662123456789");
    EXPECT_EQ(records[0]["severityText"], "WARN");
    EXPECT_EQ(records[1]["body"]["stringValue"], "two");
}

class ExportTest : public CliFolder {
protected:
    void SetUp() override {
        CliFolder::SetUp();
        lines_ = example_lines();
        put(0, 10);
    }
    void put(size_t first, size_t last) {
        std::string bytes;
        for (size_t i = first; i < last; i++) bytes += lines_[i] + "\n";
        write("trail/20261124T0931" + std::to_string(10 + first) + "Z-" + std::to_string(first) + ".jsonl", bytes);
    }
    testing::Ran run(std::vector<std::string> more) {
        std::vector<std::string> arguments{"trail", "export", folder_ + "/trail"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return remit(arguments);
    }
    std::string text(size_t first, size_t last) const {
        std::string bytes;
        for (size_t i = first; i < last; i++) bytes += lines_[i] + "\n";
        return bytes;
    }
    std::vector<std::string> lines_;
};

TEST_F(ExportTest, OfJsonLinesIsTheRecordsAsTheyAre) {
    EXPECT_EQ(run({}).out, text(0, 10));
    put(10, lines_.size());
    EXPECT_EQ(run({}).out, text(0, lines_.size()));
    std::istringstream events(run({"--format", "ocsf"}).out);
    size_t count = 0;
    for (std::string line; std::getline(events, line); count++) EXPECT_EQ(json::parse(line)["metadata"]["sequence"], count);
    EXPECT_EQ(count, lines_.size());
}

TEST_F(ExportTest, GoesOnWhereItsCursorSays) {
    const std::string cursor = folder_ + "/cursor";
    EXPECT_EQ(run({"--cursor", cursor}).out, text(0, 10));
    EXPECT_EQ(run({"--cursor", cursor}).out, "");
    put(10, 15);
    put(15, 17);
    EXPECT_EQ(run({"--cursor", cursor}).out, text(10, 17));
    EXPECT_EQ(run({"--cursor", cursor}).out, "");
}

TEST_F(ExportTest, ACursorMovesOverWhatIsFilteredOut) {
    const std::string cursor = folder_ + "/cursor";
    EXPECT_EQ(run({"--cursor", cursor, "--kind", "session_start"}).out, text(5, 6));
    put(10, 12);
    EXPECT_EQ(run({"--cursor", cursor}).out, text(10, 12));
}

TEST_F(ExportTest, ACursorOfAnotherTrailIsRefused) {
    const std::string cursor = write("cursor", R"({"next":3,"prev":"0000000000000000000000000000000000000000000000000000000000000000"})");
    const auto ran = run({"--cursor", cursor});
    EXPECT_EQ(ran.status, 65) << ran.out << ran.err;
    EXPECT_TRUE(ran.says("another trail")) << ran.out << ran.err;
    EXPECT_EQ(run({"--cursor", write("cursor", "not a cursor")}).status, 65);
}

TEST_F(ExportTest, SaysWhatWasLetGoBefore) {
    put(10, 15);
    std::filesystem::remove(folder_ + "/trail/20261124T093110Z-0.jsonl");
    const auto ran = run({});
    EXPECT_EQ(ran.out, text(10, 15));
    EXPECT_TRUE(ran.says("10 lines before line 10")) << ran.out << ran.err;
}

TEST_F(ExportTest, WantsAPlaceThatThereIs) {
    for (const char* to : {"kafka:somewhere", "syslog:udp:", "syslog:tcp:[::1", "otlp:https://127.0.0.1", "otlp:http://"})
        EXPECT_EQ(run({"--to", to}).status, 64) << to;
    EXPECT_EQ(run({"--format", "xml"}).status, 64);
    EXPECT_EQ(run({"--since", "soon"}).status, 64);
}

TEST(JournalEntry, HasFieldsToSearchByAndForgesNone) {
    Parcel parcel{"the body", "crossing", "h1", "2026-11-24T09:31:02.123456789Z", true};
    parcel.record = {{"seq", 7},
                     {"session", {{"id", "0194aaaa"}, {"name", "fix\nPRIORITY=0"}, {"policy", "coding"}}},
                     {"crossing", "connect"},
                     {"object", {{"protocol", "tcp"}, {"address", "10.0.0.1"}, {"port", 443}}},
                     {"verdict", "deny"},
                     {"reason", "NO_TOOL"},
                     {"effect", "refused"}};
    const auto fields = journal_fields(parcel);
    const auto has = [&](const std::string& field) { return std::ranges::find(fields, field) != fields.end(); };
    EXPECT_TRUE(has("MESSAGE_ID=c6c20d5dfeed46d2ab88a918aa0d5302"));
    EXPECT_TRUE(has("PRIORITY=4"));
    EXPECT_TRUE(has("REMIT_SESSION=0194aaaa"));
    EXPECT_TRUE(has("REMIT_OBJECT=tcp 10.0.0.1:443"));
    EXPECT_TRUE(has("REMIT_REASON=NO_TOOL"));
    EXPECT_TRUE(has("REMIT_RECORD=the body"));
    EXPECT_TRUE(has("REMIT_SEQ=7"));
    EXPECT_EQ(fields.front().find('\n'), std::string::npos) << fields.front();
    parcel = {"b", "session_start", "h1", "2026-11-24T09:31:02.123456789Z", false};
    parcel.record = {{"session", {{"id", "0194aaaa"}}}};
    const auto start = journal_fields(parcel);
    EXPECT_EQ(start.front(), "MESSAGE=session start 0194aaaa");
    EXPECT_EQ(start.at(1), "PRIORITY=5");
}

}  // namespace
}  // namespace remit::cli
