// remit attach: what runs in a cgroup, and will run there, becomes a session.
#include <climits>
#include <cstdlib>
#include <memory>

#include "cli/claims.h"
#include "cli/policy_file.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    ClaimOptions claims;
    std::string cgroup;
};

int attach(Cli& cli, const Options& options) {
    control::v1::Request request;
    auto* body = request.mutable_attach();
    auto folder = set_policy(*body, options.claims.policy);
    if (!folder) return cli.fail(folder.error());
    auto lifetime = duration_option(options.claims.lifetime, "--for");
    if (!lifetime) return cli.fail(lifetime.error());
    *body->mutable_claims() = to_message(options.claims);
    body->set_lifetime_ns(*lifetime);
    char resolved[PATH_MAX];
    body->set_cgroup(utf8(::realpath(options.cgroup.c_str(), resolved) ? resolved : options.cgroup));

    auto client = api::Client::connect(cli.run_dir);
    if (!client) return cli.fail(client.error());
    auto response = client->call(request);
    if (!response) return cli.fail(response.error());
    if (response->has_failure()) return cli.fail(response->failure(), *folder);
    const auto& session = response->session();
    if (cli.json) {
        cli.print(session);
        return 0;
    }
    cli.out << session.id() << "\n";
    cli.err << "remit: session " << session.id() << " policy " << session.policy() << " tier " << session.tier() << "\n";
    for (const std::string& shortfall : session.shortfalls()) cli.err << "remit: " << shortfall << "\n";
    if (!session.warning().empty()) cli.err << "remit: warning: " << session.warning() << "\n";
    return 0;
}

}  // namespace

void add_attach(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "attach", "Put a running cgroup under a policy",
                              "remit attach --policy coding --cgroup /sys/fs/cgroup/agents.slice/coding-1.scope");
    add_claim_options(*verb, options->claims);
    verb->add_option("--cgroup", options->cgroup, "Folder in the cgroup v2 tree")->required();
    verb->callback([&cli, options] { cli.status = attach(cli, *options); });
}

}  // namespace remit::cli
