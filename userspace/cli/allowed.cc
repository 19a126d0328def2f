// remit allowed: inside a session, what its policy says of a crossing that it has not tried.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

int exit_status(const std::string& verdict) {
    if (verdict == "allow") return 0;
    return static_cast<int>(verdict == "pending" ? Code::kPending : Code::kRefused);
}

}  // namespace

void add_allowed(CLI::App& app, Cli& cli) {
    struct Options {
        std::string crossing, object;
    };
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "allowed", "Inside a session: what its policy says of a crossing; exits 0 allow, 1 deny, 75 pending",
                              "remit allowed connect git.example:443");
    verb->add_option("crossing", options->crossing, "exec, connect, send, listen, unix or resolve")->required();
    verb->add_option("object", options->object, "A program's path, ADDRESS:PORT or NAME:PORT, a unix socket, a name of a host")->required();
    verb->callback([&cli, options] {
        control::v1::Request request;
        request.mutable_foresee()->set_crossing(utf8(options->crossing));
        request.mutable_foresee()->set_object(utf8(options->object));
        auto response = ask_inside(cli, request);
        if (!response) return;
        const auto& foreseen = response->foreseen();
        if (cli.json) cli.print(foreseen);
        for (const std::string& line : foreseen.lines())
            if (!cli.json) cli.out << printable(line) << "\n";
        cli.status = exit_status(foreseen.verdict());
    });
}

}  // namespace remit::cli
