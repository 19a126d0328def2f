// remit reload: a session that runs comes under another policy, or under what its policy says by now.
#include <memory>

#include "cli/policy_file.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::string session, policy, reason;
};

int reload(Cli& cli, const Options& options) {
    control::v1::Request request;
    auto* body = request.mutable_reload();
    body->set_session(utf8(options.session));
    body->set_reason(utf8(options.reason));
    Result<std::string> folder = std::string();
    if (!options.policy.empty()) folder = set_policy(*body, options.policy);
    if (!folder) return cli.fail(folder.error());
    auto client = api::Client::connect(cli.run_dir);
    if (!client) return cli.fail(client.error());
    auto response = client->call(request);
    if (!response) return cli.fail(response.error());
    if (response->has_failure()) return cli.fail(response->failure(), *folder);
    if (cli.json) {
        cli.print(response->has_session() ? static_cast<const google::protobuf::Message&>(response->session()) : response->done());
    } else if (response->has_session()) {
        const auto& session = response->session();
        cli.err << "remit: session " << session.id() << " policy " << session.policy() << " generation " << session.generation() << "\n";
    } else {
        cli.err << "remit: " << response->done().message() << "\n";
    }
    return 0;
}

}  // namespace

void add_reload(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "reload", "Switch a running session to what its policy says now, at once and as a whole",
                              "remit reload fix-1432 --policy coding.textproto");
    verb->add_option("session", options->session, "Id, unique prefix of one, or name")->required();
    verb->add_option("--policy", options->policy, "A file, or the name of an installed policy; none: the installed one of the same name");
    verb->add_option("--reason", options->reason, "Stands in the trail");
    verb->callback([&cli, options] { cli.status = reload(cli, *options); });
}

}  // namespace remit::cli
