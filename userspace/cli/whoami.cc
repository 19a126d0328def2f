// remit whoami: inside a session, who it is, under which policy, and what it may do.
#include "cli/session_text.h"
#include "cli/verbs.h"

namespace remit::cli {

void add_whoami(CLI::App& app, Cli& cli) {
    CLI::App* verb = add_verb(app, "whoami", "Inside a session: who it is, until when, and what it may do", "remit whoami");
    verb->callback([&cli] {
        control::v1::Request request;
        request.mutable_who_am_i();
        auto response = ask_inside(cli, request);
        if (!response) return;
        if (cli.json)
            cli.print(response->session());
        else
            print_session(cli, response->session());
    });
}

}  // namespace remit::cli
