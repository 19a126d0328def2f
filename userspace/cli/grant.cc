// remit grant: an operator gives a session a tool, for a while or a number of uses.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::string session, tool, lasts, reason;
    uint32_t uses = 0;
};

int grant(Cli& cli, const Options& options) {
    auto lasts = duration_option(options.lasts, "--for");
    if (!lasts) return cli.fail(lasts.error());
    if (!options.lasts.empty() && *lasts == 0) return cli.fail(Error{Code::kUsage, "--for 0s is no time", "write --for 15m"});
    control::v1::Request request;
    auto* body = request.mutable_grant();
    body->set_session(utf8(options.session));
    body->set_tool(utf8(options.tool));
    body->set_lasts_ns(*lasts);
    body->set_uses(options.uses);
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

void add_grant(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "grant", "Give a running session a tool of its policy",
                              "remit grant fix-1432 --tool deploy --for 15m --uses 3 --reason \"release 4.2\"");
    verb->add_option("session", options->session, "Id, unique prefix of one, or name")->required();
    verb->add_option("--tool", options->tool, "As the policy names it")->required();
    verb->add_option("--for", options->lasts, "For this long, from now; else until the session ends");
    verb->add_option("--uses", options->uses, "For so many crossings")->check(CLI::Range(1, 1'000'000'000));
    verb->add_option("--reason", options->reason, "Stands in the trail");
    verb->callback([&cli, options] { cli.status = grant(cli, *options); });
}

}  // namespace remit::cli
