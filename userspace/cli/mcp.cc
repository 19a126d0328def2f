// remit mcp: for an agent inside a session, the verbs that it may use as tools of its own protocol (Model Context Protocol) on stdio.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "cli/app.h"
#include "cli/mcp_server.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

// Far above any call of these tools.
constexpr size_t kMaxLineBytes = size_t{1} << 20;

constexpr const char* kWhoAmI =
    "Who this session is: its policy, until when it lasts, what it has seen, and its tools with their standing (granted, conditional, "
    "denied, not granted).";
constexpr const char* kWhy =
    "Why this session was refused: its last refusals, oldest first, each with its record, the reason in words and what can be done next.";
constexpr const char* kAllowed =
    "What the policy says of a crossing that was not tried yet, for what this session has seen and got until now. It takes nothing and is "
    "no promise: uses and rates that are taken, and what the file or the listener really is, count only when it is tried.";
constexpr const char* kRequest =
    "Asks people for a tool of this session's policy. It answers at once: `pending` until somebody has answered (ask again for the same "
    "tool to learn the answer), `approved` when the session has the tool. A no holds for ten minutes.";

// A verb with JSON, as it would be typed; about the session that this process is in.
McpResult run_verb(const std::string& run_dir, std::vector<std::string> arguments) {
    std::ostringstream out, err;
    Cli cli{out, err};
    cli.run_dir = run_dir;
    cli.inside = true;
    arguments.insert(arguments.begin(), {"--json", "--run-dir", run_dir});
    run_app(cli, arguments);
    auto shown = nlohmann::json::parse(out.str(), nullptr, false);
    if (!shown.is_object()) shown = {{"error", {{"message", err.str()}}}};
    const bool failed = shown.contains("error");
    return {std::move(shown), failed};
}

std::vector<McpTool> tools_of(const std::string& run_dir) {
    using Json = nlohmann::json;
    const auto request = [run_dir](const Json& given) {
        std::vector<std::string> words{"request", "--no-wait"};
        for (const auto& [name, option] : {std::pair{"reason", "--reason="}, std::pair{"for", "--for="}})
            if (given.contains(name)) words.push_back(option + given[name].get<std::string>());
        words.insert(words.end(), {"--", given["tool"].get<std::string>()});
        return run_verb(run_dir, words);
    };
    return {
        {"whoami", kWhoAmI, {}, [run_dir](const Json&) { return run_verb(run_dir, {"whoami"}); }},
        {"why",
         kWhy,
         {{.name = "last", .about = "how many refusals, a whole number from 1 on (1 when left out)", .number = true}},
         [run_dir](const Json& given) {
             return run_verb(run_dir, {"why", "--last", std::to_string(given.value("last", uint64_t{1}))});
         }},
        {"allowed",
         kAllowed,
         {{.name = "crossing",
           .about = "one of exec, connect, send, listen, unix, resolve",
           .required = true,
           .choices = {"exec", "connect", "send", "listen", "unix", "resolve"}},
          {.name = "object",
           .about = "a program's absolute path (exec), ADDRESS:PORT or NAME:PORT (connect, send, listen), a unix socket's path or @NAME "
                    "(unix), a host's name (resolve)",
           .required = true}},
         [run_dir](const Json& given) {
             return run_verb(run_dir, {"allowed", "--", given["crossing"].get<std::string>(), given["object"].get<std::string>()});
         }},
        {"request",
         kRequest,
         {{.name = "tool", .about = "a tool's name, as whoami lists them", .required = true},
          {.name = "reason", .about = "a reason in your own words, for the person who answers"},
          {.name = "for", .about = "a duration like 90s, 15m or 2h, from the answer; the rest of the session when left out"}},
         request},
    };
}

int serve(Cli& cli) {
    McpServer server(tools_of(cli.run_dir));
    BoundedLines lines(kMaxLineBytes);
    std::array<char, 65536> bytes{};
    while (true) {
        const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cli.fail(errno_error("cannot read standard input"));
        if (got == 0) return 0;
        lines.feed({bytes.data(), static_cast<size_t>(got)}, [&](std::optional<std::string_view> line) {
            const auto answer = line ? server.answer(*line) : McpServer::too_long();
            if (answer) cli.out << *answer << "\n" << std::flush;
        });
    }
}

}  // namespace

void add_mcp(CLI::App& app, Cli& cli) {
    CLI::App* verb =
        add_verb(app, "mcp", "Inside a session: serve whoami, why, allowed and request as tools of the Model Context Protocol on stdio",
                 "remit mcp");
    verb->callback([&cli] { cli.status = serve(cli); });
}

}  // namespace remit::cli
