// remit request: inside a session, asks people for a tool of its policy, and waits for their answer.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

// Beyond the daemon's own deadline, after which silence is a no.
constexpr std::chrono::milliseconds kSlack{5000};

struct Options {
    std::string tool, reason, lasts;
    bool no_wait = false;
};

// Exit status.
int say(Cli& cli, const control::v1::ToolAnswer& answer) {
    const bool approved = answer.state() == "approved";
    const bool pending = answer.state() == "pending";
    if (cli.json)
        cli.print(answer);
    else if (approved)
        cli.err << "remit: the session has the tool " << printable(answer.tool()) << "\n";
    else if (pending)
        cli.err << "remit: asked for " << printable(answer.tool()) << " (" << answer.question()
                << "); an operator answers by `remit approve`\n";
    else
        cli.err << "remit: " << printable(answer.tool()) << " was not given\n";
    if (approved) return 0;
    return static_cast<int>(pending ? Code::kPending : Code::kRefused);
}

int request_tool(Cli& cli, const Options& options) {
    auto lasts = duration_option(options.lasts, "--for");
    if (!lasts) return cli.fail(lasts.error());
    auto client = api::Client::connect_inside(cli.run_dir);
    if (!client) return cli.fail(client.error());
    control::v1::Request request;
    auto* body = request.mutable_ask_for_tool();
    body->set_tool(utf8(options.tool));
    body->set_reason(utf8(options.reason));
    body->set_lasts_ns(*lasts);
    body->set_wait(!options.no_wait);
    auto response = client->call(request);
    if (response && response->tool_answer().state() == "pending" && !options.no_wait) {
        if (!cli.json) say(cli, response->tool_answer());
        response = client->next(std::chrono::milliseconds(response->tool_answer().remaining_ns() / 1'000'000) + kSlack);
    }
    if (!response) return cli.fail(response.error());
    if (response->has_failure()) return cli.fail(response->failure());
    return say(cli, response->tool_answer());
}

}  // namespace

void add_request(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "request", "Inside a session: ask for a tool of its policy; 0 it was given, 1 it was not",
                              "remit request deploy --reason \"the tests pass\" --for 15m");
    verb->add_option("tool,--tool", options->tool, "As the policy names it; `remit whoami` lists them")->required();
    verb->add_option("--reason,--because", options->reason, "Shown to whoever answers, as the agent's own words");
    verb->add_option("--for", options->lasts, "For this long, from the answer; else for the rest of the session");
    verb->add_flag("--no-wait", options->no_wait, "Ask, and go on: 75 while nobody has answered");
    verb->callback([&cli, options] { cli.status = request_tool(cli, *options); });
}

}  // namespace remit::cli
