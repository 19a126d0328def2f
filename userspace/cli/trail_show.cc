// remit trail show: the record for people, a line each. Needs no daemon, proves nothing (trail verify does).
#include <deque>
#include <memory>

#include "base/clock.h"
#include "cli/render.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "trail/reader.h"

namespace remit::cli {
namespace {

struct Options {
    TrailPaths paths;
    trail::Filter filter;
    std::string since;
    uint32_t last = 0;
    bool refused = false;
};

// An instant, or how long ago.
Result<std::string> to_instant(const std::string& since) {
    if (since.empty()) return std::string();
    if (auto time = parse_time(since)) return format_time(*time);
    if (auto ago = parse_duration(since)) return format_time(wall_ns() - std::min(*ago, wall_ns()));
    return Error{Code::kUsage, "--since " + since + " is neither a time nor a duration", "write it as 30m, or 2026-11-24T09:31:02Z"};
}

int show(Cli& cli, Options options) {
    auto since = to_instant(options.since);
    if (!since) return cli.fail(since.error());
    options.filter.since = *since;
    std::deque<std::string> kept;
    auto print = [&](std::string_view line) { cli.out << (cli.json ? std::string(line) : render_line(line, {cli.colour, true})) << "\n"; };
    auto read = trail::read_trail(options.paths.resolved(), options.filter, [&](std::string_view raw, const nlohmann::json& line) {
        if (options.refused && !refusal_of(line)) return true;
        if (options.last == 0) {
            print(raw);
            return cli.out.good();
        }
        kept.emplace_back(raw);
        if (kept.size() > options.last) kept.pop_front();
        return true;
    });
    for (const std::string& line : kept) print(line);
    cli.out.flush();
    return read ? 0 : cli.fail(read.error());
}

}  // namespace

void add_trail_show(CLI::App& trail, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(trail, "show", "Show the audit trail, a line a record; --json gives the exact lines",
                              "remit trail show --session fix-1432 --refused --last 20");
    add_trail_paths(*verb, options->paths);
    verb->add_option("--session", options->filter.session, "The beginning of a session's id, or its name");
    verb->add_option("--kind", options->filter.kind, "crossing, session_start, policy_loaded …");
    verb->add_option("--crossing", options->filter.crossing, "exec, connect, send");
    verb->add_option("--tool", options->filter.tool, "Only of this tool");
    verb->add_option("--reason", options->filter.reason, "ONLY_AFTER, NO_TOOL …");
    verb->add_option("--since", options->since, "30m, or a time");
    verb->add_option("--last", options->last, "Only the last so many");
    verb->add_flag("--refused", options->refused, "Only what was refused or held");
    verb->callback([&cli, options] { cli.status = show(cli, *options); });
}

}  // namespace remit::cli
