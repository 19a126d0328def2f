// remit policy install: puts a policy where `--policy NAME` finds it. It is checked first, replaced as a whole, and what was there before
// stays under its hash. Needs no daemon; running sessions keep the policy that they have.
#include <memory>

#include "base/text.h"
#include "cli/good_policy.h"
#include "cli/install_globs.h"
#include "cli/policy_file.h"
#include "cli/verbs.h"
#include "session/installed.h"

namespace remit::cli {
namespace {

struct Options {
    std::vector<std::string> files;
    std::string folder;
};

int install(Cli& cli, const Options& options) {
    std::vector<GoodPolicy> policies;  // all are good before the first is installed
    for (const std::string& file : options.files) {
        auto policy = good_policy(cli, is_policy_path(file) ? file : "./" + file, options.folder);
        if (!policy) return cli.status;
        policies.push_back(*std::move(policy));
    }
    if (auto checked = check_globs(cli, policies, options.folder); !checked) return cli.fail(checked.error());
    nlohmann::json shown = nlohmann::json::array();
    for (const GoodPolicy& each : policies) {
        auto installed = session::install(options.folder, each.policy.name, each.source);
        if (!installed) return cli.fail(installed.error());
        nlohmann::json entry{{"name", each.policy.name}, {"sha256", each.policy.identity}, {"path", installed->path}};
        const bool same = installed->replaced == each.policy.identity;
        if (!installed->replaced.empty()) entry["replaced"] = installed->replaced;
        if (!cli.json)
            cli.out << printable(each.policy.name) << ": " << (same ? "installed already" : "installed") << " as "
                    << printable(installed->path) << ", " << each.policy.identity.substr(0, 16)
                    << (same || installed->replaced.empty() ? "" : ", in place of " + installed->replaced.substr(0, 16)) << "\n";
        shown.push_back(std::move(entry));
    }
    for (const std::string& problem : tell_daemon(cli)) cli.err << "remit: " << printable(problem) << "\n";
    if (cli.json) cli.print(nlohmann::json{{"installed", shown}});
    return 0;
}

}  // namespace

void add_policy_install(CLI::App& policy, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(policy, "install", "Check policies and install them under their own names; the ones before are kept",
                              "remit policy install coding.textproto");
    verb->add_option("file", options->files, "Policy files")->required();
    add_policy_dir(*verb, options->folder);
    verb->callback([&cli, options] { cli.status = install(cli, *options); });
}

}  // namespace remit::cli
