// remit policy explain: what a policy says of one crossing, and why. Needs no daemon.
#include <memory>

#include "base/clock.h"
#include "base/text.h"
#include "base/words.h"
#include "cli/good_policy.h"
#include "cli/verbs.h"
#include "policy/explain.h"
#include "policy/names.h"

namespace remit::cli {
namespace {

struct Options {
    std::string file, folder, exec, connect, listen, unix, resolve, at;
    std::vector<std::string> after, approved;
};

Result<policy::Question> to_question(const Options& options) {
    std::vector<std::pair<const char*, std::string>> crossings{{"exec", options.exec},
                                                               {"connect", options.connect},
                                                               {"listen", options.listen},
                                                               {"unix", options.unix},
                                                               {"resolve", options.resolve}};
    std::erase_if(crossings, [](const auto& each) { return each.second.empty(); });
    if (crossings.size() != 1)
        return Error{Code::kUsage, "say one crossing",
                     "--exec /usr/bin/git, --connect 10.0.0.1:443, --connect git.example:443, --listen 0.0.0.0:3000, --resolve git.example "
                     "or --unix /run/postgresql/.s.PGSQL.5432"};
    auto question = policy::parse_question(crossings[0].first, crossings[0].second);
    if (!question) return question;
    auto at = options.at == "0s" ? Result<uint64_t>(0) : duration_option(options.at, "--at");
    if (!at) return std::move(at).error();
    question->at_ns = *at;
    question->after = options.after;
    question->approved = options.approved;
    return question;
}

nlohmann::json to_json(const policy::Policy& policy, const policy::Explanation& explanation) {
    auto looked = [](const std::vector<policy::Explanation::Looked>& rules) {
        nlohmann::json list = nlohmann::json::array();
        for (const auto& rule : rules) list.push_back({{"rule", rule.rule}, {"decided", rule.decided}, {"why", rule.why}});
        return list;
    };
    const remit_verdict& verdict = explanation.outcome.verdict;
    return {{"object", explanation.object},
            {"tools", policy::tool_names(policy, explanation.outcome.toolset.covers)},
            {"most_specific", policy::tool_names(policy, explanation.outcome.toolset.best)},
            {"denies", looked(explanation.denies)},
            {"grants", looked(explanation.grants)},
            {"verdict", verdict_word(verdict.kind)},
            {"reason", reason_word(verdict.reason)},
            {"tool", policy::tool_name(policy, verdict.tool)},
            {"rule", explanation.rule},
            {"gained", explanation.gained},
            {"passes", explanation.passes}};
}

int explain(Cli& cli, const Options& options) {
    auto question = to_question(options);
    if (!question) return cli.fail(question.error());
    auto good = good_policy(cli, options.file, options.folder);
    if (!good) return cli.status;
    auto explanation = policy::explain(good->policy, good->tables, *question);
    if (!explanation) return cli.fail(explanation.error());
    if (cli.json)
        cli.print(to_json(good->policy, *explanation));
    else
        for (const std::string& line : policy::to_lines(good->policy, *explanation)) cli.out << printable(line) << "\n";
    switch (explanation->outcome.verdict.kind) {
        case REMIT_ALLOW:
            return 0;
        case REMIT_PENDING:
            return static_cast<int>(Code::kPending);
        default:
            return static_cast<int>(Code::kRefused);
    }
}

}  // namespace

void add_policy_explain(CLI::App& policy, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(policy, "explain", "Say what a policy says of one crossing, and why; exits 0 allow, 1 deny, 75 pending",
                              "remit policy explain coding.textproto --connect 10.20.1.7:443 --after repo,ticketing --at 2m");
    verb->add_option("file", options->file, "A policy file, or the name of an installed policy")->required();
    add_policy_dir(*verb, options->folder);
    verb->add_option("--exec", options->exec, "A program's path");
    verb->add_option("--connect", options->connect, "ADDRESS:PORT or NAME:PORT, with /udp behind it for UDP");
    verb->add_option("--listen", options->listen, "LOCAL-ADDRESS:PORT, with /udp behind it for UDP");
    verb->add_option("--unix", options->unix, "A unix socket's path, or @NAME of an abstract one");
    verb->add_option("--resolve", options->resolve, "A name of a host, looked up");
    verb->add_option("--after", options->after, "Tools and labels that the session has seen")->delimiter(',');
    verb->add_option("--approved", options->approved, "Tools that a person has approved for it")->delimiter(',');
    verb->add_option("--at", options->at, "How long after the session's start");
    verb->callback([&cli, options] { cli.status = explain(cli, *options); });
}

}  // namespace remit::cli
