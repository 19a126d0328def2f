// remit approve, remit reject: a person's answer to a question.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::string question, reason;
    bool session = false;
};

void answer(Cli& cli, const Options& options, bool approve) {
    control::v1::Request request;
    auto* body = request.mutable_answer();
    body->set_question(utf8(options.question));
    body->set_approve(approve);
    if (approve) body->set_scope("SESSION");
    body->set_reason(utf8(options.reason));
    auto response = ask(cli, request);
    if (!response) return;
    std::string done = (approve ? "approved " : "rejected ") + options.question;
    if (cli.json)
        cli.print(response->done());
    else
        cli.err << "remit: " << printable(response->done().message().empty() ? done : response->done().message()) << "\n";
}

}  // namespace

void add_answers(CLI::App& app, Cli& cli) {
    for (bool approve : {true, false}) {
        auto options = std::make_shared<Options>();
        CLI::App* verb =
            approve ? add_verb(app, "approve", "Say yes to a question that waits", "remit approve 01934c1f-bbbb --session")
                    : add_verb(app, "reject", "Say no to a question that waits", "remit reject 01934c1f-bbbb --reason \"not today\"");
        verb->add_option("request", options->question, "Id as `remit pending` shows it")->required();
        verb->add_option("--reason", options->reason, "Stands in the trail");
        if (approve) verb->add_flag("--session", options->session, "For the rest of the session (the only scope so far)");
        verb->callback([&cli, options, approve] { answer(cli, *options, approve); });
    }
}

}  // namespace remit::cli
