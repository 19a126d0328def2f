// remit trail show: the record for people, a line each. Needs no daemon, proves nothing (trail verify does).
#include <deque>
#include <memory>

#include "cli/render.h"
#include "cli/trail_filter.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "trail/reader.h"

namespace remit::cli {
namespace {

struct Options {
    TrailPaths paths;
    TrailFilter filter;
    uint32_t last = 0;
};

int show(Cli& cli, Options options) {
    if (auto settled = options.filter.settle(); !settled) return cli.fail(settled.error());
    std::deque<std::string> kept;
    auto print = [&](std::string_view line) { cli.out << (cli.json ? std::string(line) : render_line(line, {cli.colour, true})) << "\n"; };
    auto read = trail::read_trail(options.paths.resolved(), options.filter.filter, [&](std::string_view raw, const nlohmann::json& line) {
        if (!options.filter.takes(line)) return true;
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
    add_trail_filter(*verb, options->filter);
    verb->add_option("--last", options->last, "Only the last so many");
    verb->callback([&cli, options] { cli.status = show(cli, *options); });
}

}  // namespace remit::cli
