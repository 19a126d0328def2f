// remit why: the last refusals, of any session to an operator, of its own to a session, each with its reason in words and what can be done
// about it.
#include <memory>

#include "cli/render.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::string session;
    uint32_t last = 1;
};

void print_refusal(Cli& cli, const std::string& line) {
    auto record = nlohmann::json::parse(line, nullptr, false);
    cli.out << render_line(line, {cli.colour, false}) << "\n";
    auto refusal = refusal_of(record);
    if (!refusal) return;
    cli.out << "    why   " << api::reason_in_words(refusal->reason) << "\n";
    if (!refusal->rule.empty()) cli.out << "    rule  " << refusal->rule << "\n";
    cli.out << "    next  " << api::remedy_for(*refusal) << "\n";
}

void why(Cli& cli, const Options& options) {
    control::v1::Request request;
    request.mutable_why()->set_session(utf8(options.session));
    request.mutable_why()->set_last(options.last);
    auto response = options.session.empty() && cli.inside ? ask_inside(cli, request) : ask(cli, request);
    if (!response) return;
    if (response->lines().json().empty()) {
        if (cli.json)
            cli.print(nlohmann::json{{"refusals", nlohmann::json::array()}});
        else
            cli.err << "remit: nothing was refused" << (options.session.empty() ? "" : " to " + options.session) << "\n";
        return;
    }
    nlohmann::json list = nlohmann::json::array();
    for (const std::string& line : response->lines().json()) {
        if (!cli.json) {
            print_refusal(cli, line);
            continue;
        }
        auto record = nlohmann::json::parse(line, nullptr, false);
        nlohmann::json entry{{"record", record}};
        if (auto refusal = refusal_of(record)) {
            entry["why"] = api::reason_in_words(refusal->reason);
            entry["next"] = api::remedy_for(*refusal);
        }
        list.push_back(std::move(entry));
    }
    if (cli.json) cli.print(nlohmann::json{{"refusals", list}});
}

}  // namespace

void add_why(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "why", "Say why a session was refused, and what can be done about it", "remit why fix-1432 --last 3");
    verb->add_option("session", options->session, "Id, unique prefix of one, or name; none: of all sessions, inside a session of this one");
    verb->add_option("--last", options->last, "How many refusals")->check(CLI::Range(1, 1000))->capture_default_str();
    verb->callback([&cli, options] { why(cli, *options); });
}

}  // namespace remit::cli
