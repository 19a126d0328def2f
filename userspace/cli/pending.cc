// remit pending: what waits for a person.
#include "base/clock.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/wish.h"

namespace remit::cli {

void add_pending(CLI::App& app, Cli& cli) {
    CLI::App* verb = add_verb(app, "pending", "List what waits for a person's answer", "remit pending");
    verb->callback([&cli] {
        control::v1::Request request;
        request.mutable_pending();
        auto response = ask(cli, request);
        if (!response) return;
        const auto& questions = response->pendings().questions();
        if (cli.json) {
            cli.print(response->pendings());
        } else if (questions.empty()) {
            cli.err << "remit: nothing waits for an answer\n";
        } else {
            Table table({"REQUEST", "SESSION", "TOOL", "LEFT", "WHAT"});
            for (const auto& question : questions)
                table.add(
                    {question.id(), question.session(), question.tool(), format_duration(question.remaining_ns()), wish_of(question)});
            cli.out << table.to_text(cli.colour);
        }
    });
}

}  // namespace remit::cli
