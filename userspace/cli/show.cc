// remit show: everything about one session.
#include <memory>

#include "base/clock.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

const char* colour_of(const std::string& standing) {
    return standing == "granted" ? kGreen : standing == "conditional" ? kYellow : kRed;
}

void print_session(Cli& cli, const control::v1::Session& session) {
    Table facts({});
    auto fact = [&](const char* name, const std::string& value) {
        if (!value.empty()) facts.add({name, value});
    };
    const auto& claims = session.claims();
    std::string seen;
    for (const std::string& mark : session.seen()) seen += (seen.empty() ? "" : ", ") + mark;
    fact("session", session.id());
    fact("name", claims.name());
    fact("agent", claims.agent());
    fact("on behalf of", claims.on_behalf_of());
    fact("purpose", claims.purpose());
    fact("task", claims.task());
    fact("policy", session.policy() + " " + session.policy_sha256().substr(0, 16));
    fact("state", session.state() + ", " + session.mode() + ", generation " + std::to_string(session.generation()));
    fact("tier", session.tier());
    fact("cgroup", session.cgroup());
    fact("started", session.started());
    fact("expires", session.expires().empty() ? "" : session.expires() + " (in " + format_duration(session.remaining_ns()) + ")");
    fact("crossings", std::to_string(session.passed()) + " passed, " + std::to_string(session.refused()) + " refused");
    fact("bytes", std::to_string(session.bytes_out()) + " out, " + std::to_string(session.bytes_in()) + " in");
    fact("seen", seen);
    for (const std::string& shortfall : session.shortfalls()) fact("shortfall", shortfall);
    fact("warning", session.warning());
    cli.out << facts.to_text(cli.colour);

    Table tools({"TOOL", "STANDING", "RULE", "ABOUT"});
    for (const auto& tool : session.tools()) {
        tools.add({tool.name(), tool.standing(), tool.rule(), tool.about()});
        tools.tint(1, colour_of(tool.standing()));
    }
    if (!session.tools().empty()) cli.out << "\n" << tools.to_text(cli.colour);
}

}  // namespace

void add_show(CLI::App& app, Cli& cli) {
    auto session = std::make_shared<std::string>();
    CLI::App* verb = add_verb(app, "show", "Show one session: who, for whom, what it may do, what it did", "remit show fix-1432");
    verb->add_option("session", *session, "Id, unique prefix of one, or name")->required();
    verb->callback([&cli, session] {
        control::v1::Request request;
        request.mutable_show()->set_session(utf8(*session));
        auto response = ask(cli, request);
        if (!response) return;
        if (cli.json)
            cli.print(response->session());
        else
            print_session(cli, response->session());
    });
}

}  // namespace remit::cli
