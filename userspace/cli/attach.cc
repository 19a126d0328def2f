// remit attach: what runs in a cgroup, and will run there, becomes a session.
#include "cli/attach.h"

#include <climits>
#include <cstdlib>
#include <memory>

#include "cli/policy_file.h"
#include "cli/verbs.h"

namespace remit::cli {

int attach(Cli& cli, const ClaimOptions& claims, const AttachTarget& target) {
    control::v1::Request request;
    auto* body = request.mutable_attach();
    auto folder = set_policy(*body, claims.policy);
    if (!folder) return cli.fail(folder.error());
    auto lifetime = duration_option(claims.lifetime, "--for");
    if (!lifetime) return cli.fail(lifetime.error());
    *body->mutable_claims() = to_message(claims);
    body->set_lifetime_ns(*lifetime);
    char resolved[PATH_MAX];
    body->set_cgroup(utf8(::realpath(target.cgroup.c_str(), resolved) ? resolved : target.cgroup));
    body->set_unit(utf8(target.unit));
    body->set_pid(target.pid);
    body->set_root(utf8(target.root));

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

void add_attach(CLI::App& app, Cli& cli) {
    auto claims = std::make_shared<ClaimOptions>();
    auto target = std::make_shared<AttachTarget>();
    CLI::App* verb = add_verb(app, "attach", "Put a running cgroup under a policy",
                              "remit attach --policy coding --cgroup /sys/fs/cgroup/agents.slice/coding-1.scope");
    add_claim_options(*verb, *claims);
    CLI::Option_group* which = verb->add_option_group("which");
    which->add_option("--cgroup", target->cgroup, "Folder in the cgroup v2 tree");
    which->add_option("--unit", target->unit, "A unit of systemd that runs: coding, for coding.service");
    which->add_option("--pid", target->pid, "A process in it")->check(CLI::PositiveNumber);
    which->require_option(1);
    verb->callback([&cli, claims, target] { cli.status = attach(cli, *claims, *target); });
}

}  // namespace remit::cli
