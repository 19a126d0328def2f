#include "cli/app.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

constexpr const char* kExitCodes =
    "Exit status: 0 yes, 1 no (refused, tampered, an example failed), 64 usage, 65 bad policy or data, 66 missing,\n"
    "69 daemon not there, 71 the kernel lacks it, 75 pending, 77 not permitted.\n";

constexpr const char* kEveryVerb = "Every verb: --json prints JSON, --run-dir DIR (or REMIT_RUN_DIR) names the daemon's folder.\n";

// An example first, then the rest; footers hold the examples.
class ExampleFirst : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
        std::string help = CLI::Formatter::make_help(app, name, mode);
        if (mode == CLI::AppFormatMode::Normal && !app->get_footer().empty()) help = "Example:\n  " + app->get_footer() + "\n\n" + help;
        if (mode != CLI::AppFormatMode::Normal) return help;
        return help + (app->get_parent() ? kEveryVerb : kExitCodes);
    }
    std::string make_footer(const CLI::App*) const override { return ""; }
};

CLI::App* find_verb(CLI::App& app, const std::string& name) {
    for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; }))
        if (verb->get_name() == name) return verb;
    return nullptr;
}

std::vector<std::string> verb_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(verb->get_name());
    return names;
}

std::vector<std::string> option_names(const CLI::App* app) {
    std::vector<std::string> names;
    for (; app; app = app->get_parent())
        for (const CLI::Option* option : app->get_options())
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

struct Mistake {
    std::string verb;   // that the help is about: "policy check"
    std::string word;   // that is no verb, or no option
    std::string meant;  // perhaps
};

// Walks the arguments as the parser does, as far as verbs go.
Mistake find_mistake(CLI::App& app, const std::vector<std::string>& arguments) {
    Mistake mistake;
    CLI::App* at = &app;
    for (size_t i = 0; i < arguments.size() && arguments[i] != "--"; i++) {
        const std::string& word = arguments[i];
        if (word == "--run-dir") {
            i++;
        } else if (word.starts_with("--")) {
            std::string name = word.substr(0, word.find('='));
            auto names = option_names(at);
            if (mistake.word.empty() && std::find(names.begin(), names.end(), name) == names.end())
                mistake = {mistake.verb, name, nearest(name, names).value_or("")};
        } else if (auto names = verb_names(*at); !names.empty()) {
            CLI::App* verb = find_verb(*at, word);
            if (!verb) return {mistake.verb, word, nearest(word, names).value_or("")};
            at = verb;
            mistake.verb += (mistake.verb.empty() ? "" : " ") + word;
        }
    }
    return mistake;
}

Error usage_error(CLI::App& app, const std::vector<std::string>& arguments, const CLI::ParseError& error) {
    Mistake mistake = find_mistake(app, arguments);
    std::string command = "remit" + (mistake.verb.empty() ? "" : " " + mistake.verb);
    std::string message = error.what();
    if (!mistake.word.empty())
        message = "'" + mistake.word + "' is no " + (mistake.word[0] == '-' ? "option" : "verb") + " of `" + command + "`";
    message.erase(message.find_last_not_of("\n .") + 1);
    std::replace(message.begin(), message.end(), '\n', ' ');
    std::string hint = mistake.meant.empty() ? "" : "did you mean `" + mistake.meant + "`? ";
    return Error{Code::kUsage, message, hint + "`" + command + " --help` shows how to use it"};
}

void add_policy(CLI::App& app, Cli& cli) {
    CLI::App* policy = add_verb(app, "policy", "Write, check, compare and install policies", "remit policy check coding.textproto");
    policy->require_subcommand(1);
    for (auto add : {add_policy_check, add_policy_test, add_policy_explain, add_policy_diff, add_policy_draft, add_policy_install,
                     add_policy_list, add_policy_show})
        add(*policy, cli);
}

void add_trail(CLI::App& app, Cli& cli) {
    CLI::App* trail = add_verb(app, "trail", "Show the audit trail, or prove that it is whole", "remit trail verify");
    trail->require_subcommand(1);
    for (auto add : {add_trail_show, add_trail_export, add_trail_verify, add_trail_check, add_trail_prove, add_trail_checkpoint})
        add(*trail, cli);
}

struct Verb {
    std::string_view name;
    void (*add)(CLI::App& app, Cli& cli);
};

// As `remit --help` lists them.
constexpr Verb kVerbs[] = {
    {"run", add_run},         {"attach", add_attach},   {"oci-hook", add_oci_hook}, {"detach", add_detach}, {"sessions", add_sessions},
    {"show", add_show},       {"grant", add_grant},     {"renew", add_renew},       {"reload", add_reload}, {"revoke", add_revoke},
    {"pending", add_pending}, {"approve", add_approve}, {"reject", add_reject},     {"why", add_why},       {"whoami", add_whoami},
    {"allowed", add_allowed}, {"request", add_request}, {"mcp", add_mcp},           {"watch", add_watch},   {"top", add_top},
    {"whois", add_whois},     {"status", add_status},   {"doctor", add_doctor},     {"policy", add_policy}, {"trail", add_trail},
    {"init", add_init},       {"report", add_report},   {"metrics", add_metrics},   {"off", add_off},
};

// The verb, behind what every verb takes; empty: none, or something is wrong with the words before it.
std::string_view verb_of(const std::vector<std::string>& arguments) {
    size_t at = 0;
    for (; at < arguments.size() && arguments[at].starts_with("--"); at++) {
        if (arguments[at] == "--run-dir")
            at++;
        else if (arguments[at] != "--json" && !arguments[at].starts_with("--run-dir="))
            return "";
    }
    const auto is_it = [&](const Verb& verb) { return at < arguments.size() && arguments[at] == verb.name; };
    const auto verb = std::find_if(std::begin(kVerbs), std::end(kVerbs), is_it);
    return verb == std::end(kVerbs) ? "" : verb->name;
}

}  // namespace

std::unique_ptr<CLI::App> make_app(Cli& cli, std::string_view only) {
    auto app = std::make_unique<CLI::App>("Keeps each agent session within its remit.", "remit");
    app->footer("remit run --policy coding -- claude");
    app->formatter(std::make_shared<ExampleFirst>());
    app->set_version_flag("--version", std::string("remit ") + kVersion);
    app->add_option("--run-dir", cli.run_dir, "Folder of the daemon's socket")->envname("REMIT_RUN_DIR")->capture_default_str();
    app->add_flag("--json", cli.json, "Print JSON");
    app->fallthrough();
    app->require_subcommand(1);
    for (const Verb& verb : kVerbs)
        if (only.empty() || only == verb.name) verb.add(*app, cli);
    return app;
}

int run_app(Cli& cli, const std::vector<std::string>& arguments) {
    auto app = make_app(cli, verb_of(arguments));
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
    try {
        app->parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app->exit(error, cli.out, cli.err);
        cli.json = cli.json || std::find(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--"), "--json") !=
                                   std::find(arguments.begin(), arguments.end(), "--");
        return cli.fail(usage_error(*app, arguments, error));
    }
    return cli.status;
}

}  // namespace remit::cli
