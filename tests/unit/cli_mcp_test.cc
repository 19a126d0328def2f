// The protocol half of `remit mcp`, without daemon and session; and the verbs behind it where there is no daemon.
#include <gtest/gtest.h>

#include "cli/mcp_server.h"
#include "unit/cli_folder.h"

namespace remit::cli::testing {
namespace {

using nlohmann::json;

class Mcp : public ::testing::Test {
protected:
    json ask(const std::string& line) {
        const auto answer = server_.answer(line);
        return answer ? json::parse(*answer) : json();
    }
    json ask(const std::string& method, const json& parameters) {
        return ask(json{{"jsonrpc", "2.0"}, {"id", 7}, {"method", method}, {"params", parameters}}.dump());
    }
    json initialize(const std::string& version) {
        return ask("initialize", {{"protocolVersion", version}, {"capabilities", json::object()}, {"clientInfo", {{"name", "test"}}}});
    }
    json call(const std::string& tool, const json& arguments) { return ask("tools/call", {{"name", tool}, {"arguments", arguments}}); }
    static json code(const json& answer) { return answer.contains("error") ? answer["error"]["code"] : json("no error"); }

    std::vector<json> calls_;
    McpServer server_{{
        {"echo",
         "says it again",
         {{.name = "text", .about = "a text", .required = true},
          {.name = "times", .about = "a number", .number = true},
          {.name = "voice", .about = "low or high", .choices = {"low", "high"}}},
         [this](const json& given) {
             calls_.push_back(given);
             return McpResult{given, false};
         }},
        {"fails",
         "always",
         {},
         [](const json&) {
             return McpResult{{{"error", "no"}}, true};
         }},
    }};
};

TEST_F(Mcp, NegotiatesTheVersion) {
    for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18"})
        EXPECT_EQ(initialize(version)["result"]["protocolVersion"], version);
    EXPECT_EQ(initialize("1999-01-01")["result"]["protocolVersion"], "2025-06-18");
    EXPECT_EQ(code(ask("initialize", json::object())), -32602);
    const json answer = initialize("2025-06-18");
    EXPECT_EQ(answer["jsonrpc"], "2.0");
    EXPECT_EQ(answer["id"], 7);
    EXPECT_EQ(answer["result"]["serverInfo"]["name"], "remit");
    EXPECT_TRUE(answer["result"]["capabilities"]["tools"].is_object());
}

TEST_F(Mcp, PingsBeforeAndToolsAfterInitialize) {
    EXPECT_EQ(ask("ping", json::object())["result"], json::object());
    EXPECT_EQ(code(ask("tools/list", json::object())), -32600);
    EXPECT_EQ(code(call("echo", {{"text", "x"}})), -32600);
    initialize("2025-06-18");
    EXPECT_TRUE(ask(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").is_null());
    const json tools = ask("tools/list", json::object())["result"]["tools"];
    ASSERT_EQ(tools.size(), 2u);
    const json schema = tools[0]["inputSchema"];
    EXPECT_EQ(schema["type"], "object");
    EXPECT_EQ(schema["required"], json::array({"text"}));
    EXPECT_EQ(schema["properties"]["times"]["type"], "integer");
    EXPECT_EQ(schema["properties"]["voice"]["enum"], json::array({"low", "high"}));
    EXPECT_FALSE(tools[1]["inputSchema"].contains("required"));
}

TEST_F(Mcp, MistakesHaveTheirCodes) {
    initialize("2025-06-18");
    struct Case {
        const char* line;
        int code;
        json id;
    };
    for (const Case& c :
         {Case{"{", -32700, nullptr}, Case{"\xff", -32700, nullptr}, Case{"[]", -32600, nullptr}, Case{"3", -32600, nullptr},
          Case{R"({"id":1,"method":"ping"})", -32600, nullptr}, Case{R"({"jsonrpc":"1.0","id":1,"method":"ping"})", -32600, nullptr},
          Case{R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600, nullptr},
          Case{R"({"jsonrpc":"2.0","id":{},"method":"ping"})", -32600, nullptr}, Case{R"({"jsonrpc":"2.0","id":1})", -32600, 1},
          Case{R"({"jsonrpc":"2.0","id":"a","method":"resources/list"})", -32601, "a"},
          Case{R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]})", -32602, 1},
          Case{R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}})", -32602, 1}}) {
        const json answer = ask(c.line);
        EXPECT_EQ(code(answer), c.code) << c.line;
        EXPECT_EQ(answer["id"], c.id) << c.line;
    }
    EXPECT_EQ(code(json::parse(McpServer::too_long())), -32600);
    const std::string deep =
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":)" + std::string(400'000, '[') + std::string(400'000, ']') + "}";
    EXPECT_EQ(code(ask(deep)), -32600);
    EXPECT_EQ(ask("ping", json::object())["result"], json::object());
}

TEST_F(Mcp, NotificationsAndAnswersAreNotAnswered) {
    initialize("2025-06-18");
    for (const char* line : {R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
                             R"({"jsonrpc":"2.0","method":"nonsense"})", R"({"jsonrpc":"2.0","id":1,"result":{}})",
                             R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"echo","arguments":{"text":"x"}}})"})
        EXPECT_FALSE(server_.answer(line)) << line;
    EXPECT_TRUE(calls_.empty());
}

TEST_F(Mcp, CallsWithArgumentsThatFit) {
    initialize("2025-06-18");
    const json given{{"text", "x"}, {"times", 2}, {"voice", "low"}};
    const json result = call("echo", given)["result"];
    EXPECT_EQ(result["isError"], false);
    EXPECT_EQ(json::parse(result["content"][0]["text"].get<std::string>()), given);
    EXPECT_EQ(result["structuredContent"], given);
    EXPECT_EQ(calls_, std::vector<json>{given});
    for (const json& wrong :
         {json::object(), json{{"text", 3}}, json{{"text", "x"}, {"more", 1}}, json{{"text", "x"}, {"times", 0}},
          json{{"text", "x"}, {"times", "2"}}, json{{"text", "x"}, {"times", 1.5}}, json{{"text", "x"}, {"voice", "mid"}}, json::array()})
        EXPECT_EQ(code(call("echo", wrong)), -32602) << wrong;
    EXPECT_EQ(code(call("nothing", json::object())), -32602);
    EXPECT_EQ(calls_.size(), 1u);
    const json failed = call("fails", json::object());
    EXPECT_FALSE(failed.contains("error"));
    EXPECT_EQ(failed["result"]["isError"], true);
}

TEST_F(Mcp, OlderVersionsGetTextOnlyAndOneOfThemBatches) {
    initialize("2024-11-05");
    EXPECT_FALSE(call("echo", {{"text", "x"}})["result"].contains("structuredContent"));
    const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
    EXPECT_EQ(code(ask("[" + ping + "]")), -32600);
    initialize("2025-03-26");
    const json answers = ask("[" + ping + R"(,{"jsonrpc":"2.0","method":"notifications/initialized"},3])");
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_EQ(answers[0]["result"], json::object());
    EXPECT_EQ(code(answers[1]), -32600);
    EXPECT_EQ(code(ask("[]")), -32600);
    EXPECT_FALSE(server_.answer(R"([{"jsonrpc":"2.0","method":"notifications/initialized"}])"));
}

TEST(BoundedLines, ComeInPiecesAndAreBounded) {
    std::vector<std::string> got;
    BoundedLines lines(4);
    for (const char* piece : {"a", "b\ncd\n\nef", "gh\n", "ijkl", "m", "nopqrs", "t\nuv\n"})
        lines.feed(piece, [&](std::optional<std::string_view> line) { got.emplace_back(line.value_or("too long")); });
    EXPECT_EQ(got, (std::vector<std::string>{"ab", "cd", "efgh", "too long", "uv"}));
}

TEST(InsideVerbs, AllowedWithoutDaemonIs69) {
    EXPECT_EQ(remit({"allowed", "exec", "/usr/bin/git", "--run-dir", "/nonexistent-run-dir"}).status, 69);
    EXPECT_EQ(remit({"allowed", "exec"}).status, 64);
}

}  // namespace
}  // namespace remit::cli::testing
