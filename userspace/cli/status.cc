// remit status: is the daemon there, what does it enforce with, and does it lose anything.
#include "base/clock.h"
#include "base/text.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

void print_status(Cli& cli, const control::v1::StatusReport& status) {
    Table facts({});
    facts.add(
        {"daemon", "remitd " + status.version() + ", pid " + std::to_string(status.pid()) + ", up " + format_duration(status.up_ns())});
    facts.add({"tier", status.tier() + (status.adopted() ? ", programs adopted from an earlier daemon" : "")});
    if (!status.tier_error().empty()) {
        facts.add({"tier error", status.tier_error()});
        facts.tint(1, kRed);
    }
    facts.add({"sessions", std::to_string(status.sessions())});
    facts.add({"crossings", std::to_string(status.crossings()) + " judged, " + std::to_string(status.lost()) + " not recorded"});
    if (status.lost() > 0) facts.tint(1, kYellow);
    facts.add({"questions", std::to_string(status.questions())});
    facts.add({"faults", std::to_string(status.faults())});
    if (status.faults() > 0) facts.tint(1, kRed);
    facts.add({"trail", status.trail()});
    if (!status.trail_error().empty()) {
        facts.add({"trail error", status.trail_error()});
        facts.tint(1, kRed);
    }
    for (const auto& glob : status.globs())
        facts.add({"attach", glob.cgroup() + " to policy " + glob.policy() + ", " + std::to_string(glob.sessions()) + " sessions"});
    for (const std::string& problem : status.glob_problems()) {
        facts.add({"attach error", printable(problem)});
        facts.tint(1, kRed);
    }
    std::string programs;
    for (const std::string& program : status.programs()) programs += (programs.empty() ? "" : " ") + program;
    facts.add({"programs", programs});
    cli.out << facts.to_text(cli.colour);
}

}  // namespace

void add_status(CLI::App& app, Cli& cli) {
    CLI::App* verb = add_verb(app, "status", "Say whether the daemon is there and well", "remit status --json");
    verb->callback([&cli] {
        control::v1::Request request;
        request.mutable_status();
        auto response = ask(cli, request);
        if (!response) return;
        if (cli.json)
            cli.print(response->status());
        else
            print_status(cli, response->status());
    });
}

}  // namespace remit::cli
