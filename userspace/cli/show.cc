// remit show: everything about one session.
#include <cstdio>
#include <memory>

#include "base/clock.h"
#include "base/text.h"
#include "cli/session_text.h"
#include "cli/table.h"
#include "cli/trail_paths.h"
#include "cli/unused.h"
#include "cli/verbs.h"
#include "trail/reader.h"

namespace remit::cli {
namespace {

const char* colour_of(const std::string& standing) {
    return standing == "granted" ? kGreen : standing == "conditional" ? kYellow : kRed;
}

std::string amount(uint64_t bytes, uint64_t packets) {
    return format_bytes(bytes) + " in " + std::to_string(packets) + (packets == 1 ? " packet" : " packets");
}

std::string endpoint_of(const control::v1::Session::Traffic& traffic) {
    if (traffic.protocol().empty()) return "(all others)";
    const bool ipv6 = traffic.address().find(':') != std::string::npos;
    std::string text = traffic.listened() ? "at " : "";
    text += traffic.protocol() + " " + (ipv6 ? "[" + traffic.address() + "]" : traffic.address()) + ":" + std::to_string(traffic.port());
    return traffic.host().empty() ? text : text + " " + traffic.host();
}

void print_traffic(Cli& cli, const control::v1::Session& session) {
    if (session.traffic().empty()) return;
    Table table({"TOOL", "ENDPOINT", "SENT", "RECEIVED"});
    for (const auto& each : session.traffic())
        table.add(
            {each.tool(), endpoint_of(each), amount(each.bytes_out(), each.packets_out()), amount(each.bytes_in(), each.packets_in())});
    cli.out << "\n" << table.to_text(cli.colour);
}

}  // namespace

void print_session(Cli& cli, const control::v1::Session& session) {
    Table facts({});
    auto fact = [&](const char* name, const std::string& value) {
        if (!value.empty()) facts.add({name, value});
    };
    const auto& claims = session.claims();
    std::string seen;
    for (const std::string& mark : session.seen()) seen += (seen.empty() ? "" : ", ") + mark;
    fact("session", session.id());
    fact("below", session.lineage().empty() ? "" : session.lineage().rbegin()[0]);
    fact("name", claims.name());
    fact("agent", claims.agent());
    fact("on behalf of", claims.on_behalf_of());
    fact("purpose", claims.purpose());
    fact("task", claims.task());
    fact("policy", session.policy() + " " + session.policy_sha256().substr(0, 16));
    fact("state", session.state() + ", " + session.mode() + ", generation " + std::to_string(session.generation()));
    fact("tier", session.tier());
    fact("cgroup", session.cgroup());
    char mark[16];
    std::snprintf(mark, sizeof mark, "0x%08x", session.mark());
    fact("socket mark", session.mark() == 0 ? "" : mark);
    fact("attached by", session.attached_by());
    fact("started", session.started());
    fact("expires", session.expires().empty() ? "" : session.expires() + " (in " + format_duration(session.remaining_ns()) + ")");
    fact("crossings", std::to_string(session.passed()) + " passed, " + std::to_string(session.refused()) + " refused");
    fact("sent", amount(session.bytes_out(), session.packets_out()));
    fact("received", amount(session.bytes_in(), session.packets_in()));
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
    print_traffic(cli, session);
}

namespace {

// By the session's own trail, where this caller may read it: the rules that let something through. A grant of a tool that was seen may
// still be one that never decided.
std::set<std::string> rules_used(const std::string& log_dir, const std::string& session) {
    std::set<std::string> rules;
    trail::Filter filter{.session = session, .kind = "crossing", .verdict = "allow"};
    const auto read = trail::read_trail({log_dir + "/trail"}, filter, [&](std::string_view, const nlohmann::json& line) {
        if (const auto rule = line.find("rule"); rule != line.end() && rule->is_string()) rules.insert(rule->get<std::string>());
        return true;
    });
    if (!read) rules.clear();
    return rules;
}

int print_unused(Cli& cli, const control::v1::Session& session, const std::string& log_dir) {
    const std::vector<std::string> unused = unused_grants(session, rules_used(log_dir, session.id()));
    if (cli.json) {
        cli.print(nlohmann::json{{"session", session.id()}, {"policy", session.policy()}, {"unused", unused}});
        return 0;
    }
    for (const std::string& grant : unused) cli.out << printable(grant) << "\n";
    if (unused.empty())
        cli.err << "remit: every grant of policy " << printable(session.policy()) << " was used\n";
    else
        cli.err << "remit: " << unused.size() << " grants of policy " << printable(session.policy())
                << " were never used by this session: leave out those that no session of it uses, and see with `remit policy diff OLD NEW "
                   "--replay TRAIL` that nothing is missed\n";
    return 0;
}

}  // namespace

std::vector<std::string> unused_grants(const control::v1::Session& session, const std::set<std::string>& rules) {
    const std::set<std::string> seen(session.seen().begin(), session.seen().end());
    std::vector<std::string> unused;
    for (const auto& tool : session.tools()) {
        for (const std::string& grant : tool.grants())
            if (!seen.contains(tool.name()) || (!rules.empty() && tool.grants_size() > 1 && !rules.contains(grant)))
                unused.push_back(grant);
    }
    return unused;
}

void add_show(CLI::App& app, Cli& cli) {
    struct Options {
        std::string session, log_dir = TrailPaths{}.log_dir;
        bool unused = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "show", "Show one session: who, for whom, what it may do, what it did", "remit show fix-1432");
    verb->add_option("session", options->session, "Id, unique prefix of one, or name")->required();
    verb->add_flag("--unused", options->unused, "Only the grants that it never used");
    verb->add_option("--log-dir", options->log_dir, "With --unused: the daemon's log folder")
        ->envname("REMIT_LOG_DIR")
        ->capture_default_str();
    verb->callback([&cli, options] {
        control::v1::Request request;
        request.mutable_show()->set_session(utf8(options->session));
        auto response = ask(cli, request);
        if (!response) return;
        if (options->unused)
            cli.status = print_unused(cli, response->session(), options->log_dir);
        else if (cli.json)
            cli.print(response->session());
        else
            print_session(cli, response->session());
    });
}

}  // namespace remit::cli
