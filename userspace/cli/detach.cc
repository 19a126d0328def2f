// remit detach: lets an attached session go; its processes run on, unjudged.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {

void add_detach(CLI::App& app, Cli& cli) {
    auto session = std::make_shared<std::string>();
    CLI::App* verb = add_verb(app, "detach", "Let an attached session go; its processes run on, unjudged", "remit detach 01934c1e-aaaa");
    verb->add_option("session", *session, "Id, unique prefix of one, or name")->required();
    verb->callback([&cli, session] {
        control::v1::Request request;
        request.mutable_detach()->set_session(utf8(*session));
        auto response = ask(cli, request);
        if (!response) return;
        if (cli.json)
            cli.print(response->done());
        else
            cli.err << "remit: " << printable(response->done().message().empty() ? "detached " + *session : response->done().message())
                    << "\n";
    });
}

}  // namespace remit::cli
