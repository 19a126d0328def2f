// remit renew: a session lasts longer.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::string session, lasts, reason;
    bool beyond = false;
};

int renew(Cli& cli, const Options& options) {
    auto lasts = duration_option(options.lasts, "--for");
    if (!lasts) return cli.fail(lasts.error());
    if (*lasts == 0) return cli.fail(Error{Code::kUsage, "--for 0s is no time", "remit revoke ends a session"});
    control::v1::Request request;
    auto* body = request.mutable_renew();
    body->set_session(utf8(options.session));
    body->set_lasts_ns(*lasts);
    body->set_beyond_policy(options.beyond);
    body->set_reason(utf8(options.reason));
    auto response = ask(cli, request);
    if (!response) return cli.status;
    if (cli.json)
        cli.print(response->done());
    else
        cli.err << "remit: " << printable(response->done().message()) << "\n";
    return 0;
}

}  // namespace

void add_renew(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "renew", "Let a session last longer", "remit renew fix-1432 --for 30m");
    verb->add_option("session", options->session, "Id, unique prefix of one, or name")->required();
    verb->add_option("--for", options->lasts, "From now; within the lifetime that the policy gives")->required();
    verb->add_flag("--beyond-policy", options->beyond, "Past the policy's lifetime; not for who started the session");
    verb->add_option("--reason", options->reason, "Stands in the trail");
    verb->callback([&cli, options] { cli.status = renew(cli, *options); });
}

}  // namespace remit::cli
