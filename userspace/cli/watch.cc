// remit watch: crossings as they happen.
#include <memory>

#include "cli/render.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::string session;
    bool refused = false;
};

void watch(Cli& cli, const Options& options) {
    auto client = api::Client::connect(cli.run_dir);
    if (!client) {
        cli.fail(client.error());
        return;
    }
    control::v1::Request request;
    request.mutable_watch()->set_session(utf8(options.session));
    request.mutable_watch()->set_refused(options.refused);
    auto ended = client->stream(request, [&](const control::v1::Response& response) {
        if (response.has_failure()) {
            cli.fail(response.failure());
            return false;
        }
        for (const std::string& line : response.lines().json())
            cli.out << (cli.json ? line : render_line(line, {cli.colour, false})) << "\n";
        cli.out.flush();
        return cli.out.good();
    });
    if (!ended) cli.fail(ended.error());
}

}  // namespace

void add_watch(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "watch", "Show crossings as they happen, a line each", "remit watch --session fix-1432 --refused");
    verb->add_option("--session", options->session, "Only of this session: id, unique prefix of one, or name");
    verb->add_flag("--refused", options->refused, "Only what was refused or held");
    verb->callback([&cli, options] { watch(cli, *options); });
}

}  // namespace remit::cli
