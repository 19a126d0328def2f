// remit revoke: from now on the session is refused everything, running connections included.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {

void add_revoke(CLI::App& app, Cli& cli) {
    struct Options {
        std::string session, reason;
        bool kill = false;
    };
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "revoke", "Refuse a session everything from now on, running connections included",
                              "remit revoke fix-1432 --reason \"wrong customer\"");
    verb->add_option("session", options->session, "Id, unique prefix of one, or name")->required();
    verb->add_option("--reason", options->reason, "Stands in the trail");
    verb->add_flag("--kill", options->kill, "Kill its processes too");
    verb->callback([&cli, options] {
        control::v1::Request request;
        auto* body = request.mutable_revoke();
        body->set_session(utf8(options->session));
        body->set_reason(utf8(options->reason));
        body->set_kill(options->kill);
        auto response = ask(cli, request);
        if (!response) return;
        if (cli.json)
            cli.print(response->done());
        else
            cli.err << "remit: "
                    << printable(response->done().message().empty() ? "revoked " + options->session : response->done().message()) << "\n";
    });
}

}  // namespace remit::cli
