// remit report: one page about one session or tree, for those who review it. Needs no daemon.
#include <memory>

#include "base/file.h"
#include "cli/good_policy.h"
#include "cli/report.h"
#include "cli/trail_paths.h"
#include "cli/verbs.h"
#include "policy/names.h"
#include "trail/keys.h"

namespace remit::cli {
namespace {

struct Options {
    TrailPaths paths;
    std::string session, out, policy, policy_dir;
};

std::vector<std::string> grants_of(const policy::Policy& policy) {
    std::vector<std::string> grants;
    for (const policy::Grant& grant : policy.grants) grants.push_back(policy::rule_text(policy, grant.tool, grant.rule, REMIT_GRANTED));
    return grants;
}

int run_report(Cli& cli, const Options& options) {
    const std::vector<std::string> paths = options.paths.resolved();
    trail::Witness witness;
    if (auto keys = trail::read_keys_beside(paths)) witness.keys = *std::move(keys);
    auto report = gather_report(paths, options.session, witness);
    if (!report) return cli.fail(report.error());
    if (!options.policy.empty()) {
        auto policy = good_policy(cli, options.policy, options.policy_dir);
        if (!policy) return cli.status;
        const std::string& recorded = report->sessions.begin()->second.words.value("policy_sha256", "");
        if (policy->policy.identity != recorded)
            cli.err << "remit: this is not the very policy that the session had (" << recorded << "): its lines may stand elsewhere\n";
        report->granted = grants_of(policy->policy);
    }
    const std::string page = report_page(*report);
    if (options.out.empty() || options.out == "-") {
        cli.out << page << std::flush;
        return 0;
    }
    auto written = write_file_atomically(options.out, page, 0640);
    return written ? 0 : cli.fail(written.error());
}

}  // namespace

void add_report(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb =
        add_verb(app, "report", "One page about a session and those that it started: who, for whom, what passed, what was refused",
                 "sudo remit report fix-1432 -o fix-1432.html");
    verb->add_option("session", options->session, "The beginning of its id, or its name")->required();
    verb->add_option("-o,--out", options->out, "Where the page goes; else stdout");
    verb->add_option("--policy", options->policy, "The policy's file or name: lists the grants that were never used, too");
    add_policy_dir(*verb, options->policy_dir);
    add_trail_paths(*verb, options->paths);
    verb->callback([&cli, options] { cli.status = run_report(cli, *options); });
}

}  // namespace remit::cli
