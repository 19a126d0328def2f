// remit sessions: a line a session.
#include <memory>

#include "base/clock.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

const char* colour_of(const std::string& state) {
    return state == "armed" ? kGreen : state == "revoked" || state == "suspended" ? kRed : kDim;
}

void print_table(Cli& cli, const control::v1::Sessions& sessions) {
    Table table({"ID", "NAME", "POLICY", "STATE", "MODE", "TIER", "PASSED", "REFUSED", "LEFT", "SEEN"});
    for (const auto& session : sessions.sessions()) {
        std::string seen;
        for (const std::string& mark : session.seen()) seen += (seen.empty() ? "" : ",") + mark;
        bool ends = (session.state() == "armed" || session.state() == "suspended") && !session.expires().empty();
        const std::string indent(2 * static_cast<size_t>(session.lineage_size()), ' ');
        table.add({session.id(), indent + session.claims().name(), session.policy(), session.state(), session.mode(), session.tier(),
                   std::to_string(session.passed()), std::to_string(session.refused()),
                   ends ? format_duration(session.remaining_ns()) : "-", seen});
        table.tint(3, colour_of(session.state()));
        if (session.refused() > 0) table.tint(7, kRed);
    }
    cli.out << table.to_text(cli.colour);
}

}  // namespace

void add_sessions(CLI::App& app, Cli& cli) {
    auto ended = std::make_shared<bool>(false);
    CLI::App* verb = add_verb(app, "sessions", "List the sessions", "remit sessions --all");
    verb->add_flag("--all", *ended, "Also those that are over");
    verb->callback([&cli, ended] {
        control::v1::Request request;
        request.mutable_list()->set_ended(*ended);
        auto response = ask(cli, request);
        if (!response) return;
        if (cli.json)
            cli.print(response->sessions());
        else if (response->sessions().sessions().empty())
            cli.err << "remit: no sessions\n";
        else
            print_table(cli, response->sessions());
    });
}

}  // namespace remit::cli
