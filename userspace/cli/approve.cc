// remit approve, remit reject: a person's answer to a question.
#include <memory>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::string question, reason, lasts;
    bool session = false;
    bool once = false;
};

void answer(Cli& cli, const Options& options, bool approve) {
    control::v1::Request request;
    auto* body = request.mutable_answer();
    body->set_question(utf8(options.question));
    body->set_approve(approve);
    if (options.session) body->set_scope("SESSION");
    if (options.once) body->set_scope("ONCE");
    if (!options.lasts.empty()) {
        auto lasts = duration_option(options.lasts, "--for");
        if (lasts && *lasts == 0) lasts = Error{Code::kUsage, "--for 0s is no time", "write --for 15m"};
        if (!lasts) {
            cli.fail(lasts.error());
            return;
        }
        body->set_scope("TIMED");
        body->set_lasts_ns(*lasts);
    }
    body->set_reason(utf8(options.reason));
    auto response = ask(cli, request);
    if (!response) return;
    std::string done = (approve ? "approved " : "rejected ") + options.question;
    if (cli.json)
        cli.print(response->done());
    else
        cli.err << "remit: " << printable(response->done().message().empty() ? done : response->done().message()) << "\n";
}

void add_answer(CLI::App* verb, Cli& cli, const std::shared_ptr<Options>& options, bool approve) {
    verb->add_option("request", options->question, "Id as `remit pending` shows it")->required();
    verb->add_option("--reason", options->reason, "Stands in the trail");
    verb->callback([&cli, options, approve] { answer(cli, *options, approve); });
}

}  // namespace

void add_approve(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "approve", "Say yes to a question that waits", "remit approve 01934c1f-bbbb --session");
    add_answer(verb, cli, options, true);
    // Without one: for as long as the policy's grant says.
    auto* once = verb->add_flag("--once", options->once, "For a single crossing");
    auto* session = verb->add_flag("--session", options->session, "For the rest of the session")->excludes(once);
    verb->add_option("--for", options->lasts, "For this long, from now: 15m")->excludes(once)->excludes(session);
}

void add_reject(CLI::App& app, Cli& cli) {
    CLI::App* verb = add_verb(app, "reject", "Say no to a question that waits", "remit reject 01934c1f-bbbb --reason \"not today\"");
    add_answer(verb, cli, std::make_shared<Options>(), false);
}

}  // namespace remit::cli
