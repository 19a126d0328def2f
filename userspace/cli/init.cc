// remit init: a first policy for this directory, from the profile of an agent or from what a learn session did.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "cli/drafted.h"
#include "cli/first_policy.h"
#include "cli/policy_file.h"
#include "cli/text_diff.h"
#include "cli/verbs.h"
#include "policy/check.h"
#include "session/installed.h"

namespace remit::cli {
namespace {

constexpr size_t kMaxFileBytes = size_t{3} << 20;

struct Options {
    std::string agent, out = "remit.textproto", shipped = session::kShippedPolicyDir;
    DraftWish learned;
    bool build = false, yes = false;
};

bool is_on_path(const std::string& command) {
    if (command.empty()) return false;
    const char* path = std::getenv("PATH");
    for (const std::string_view folder : split(path ? path : "", ':'))
        if (!folder.empty() && ::access((std::string(folder) + "/" + command).c_str(), X_OK) == 0) return true;
    return false;
}

// The one that was named, or the only one of the profiles whose command is here.
Result<std::string> find_agent(const Options& options) {
    auto names = session::list_installed(options.shipped);
    if (!names) return std::move(names).error();
    if (names->empty())
        return Error{Code::kMissing, "no profiles in " + options.shipped,
                     "the package puts them there; --shipped DIR names another folder"};
    const std::string hint = "--agent is one of " + join(*names, ", ");
    if (options.agent.empty()) {
        std::vector<std::string> here;
        for (const std::string& name : *names)
            if (is_on_path(name)) here.push_back(name);
        if (here.size() == 1) return here.front();
        return Error{Code::kUsage, here.empty() ? "no agent with a profile is on PATH" : "several agents are here: " + join(here, ", "),
                     hint};
    }
    if (std::ranges::find(*names, options.agent) != names->end()) return options.agent;
    const auto meant = nearest(options.agent, *names);
    return Error{Code::kUsage, "no profile for \"" + options.agent + "\"", (meant ? "did you mean `" + *meant + "`? " : "") + hint};
}

struct First {
    std::string agent, text;
};

Result<First> write_first(Cli& cli, const Options& options, const std::string& folder) {
    if (!options.learned.from.empty()) {
        DraftWish wish = options.learned;
        wish.name = policy_name_for("", folder);
        auto drafted = draft_policy(wish);
        if (!drafted) return std::move(drafted).error();
        tell_left_out(cli, *drafted);
        return First{"", std::move(drafted->text)};
    }
    auto agent = find_agent(options);
    if (!agent) return std::move(agent).error();
    auto profile = read_policy(options.shipped + "/" + *agent + ".textproto");
    if (!profile) return std::move(profile).error();
    return First{*agent, first_policy(*profile, policy_name_for(*agent, folder))};
}

Result<std::string> add_build_tool(std::string text, const std::string& folder) {
    if (is_safe(folder) && folder.find_first_of("*\"\\") == std::string::npos && folder != "/")
        return with_build_tool(std::move(text), folder);
    return Error{Code::kUsage, "--build: " + folder + " cannot be written as a pattern", "add the tool by hand (policy/README.md)"};
}

// On the terminal, when there is one; silence is a no.
bool is_wanted(Cli& cli, const Options& options) {
    if (options.yes) return true;
    if (!::isatty(STDIN_FILENO)) return false;
    cli.err << "remit: write this to " << printable(options.out) << "? [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

void say_next(Cli& cli, const Options& options, const First& first, size_t warnings) {
    const std::string file = options.out.find('/') == std::string::npos ? "./" + options.out : options.out;
    cli.err << "remit: wrote " << printable(options.out) << "; `remit policy check` warns of " << warnings
            << " things\n    read it, then: remit run --policy " << printable(file) << " -- "
            << (is_on_path(first.agent) ? first.agent : "COMMAND") << "\n";
}

int save(Cli& cli, const Options& options, const First& first, const policy::Checked& checked) {
    const auto before = read_file(options.out, kMaxFileBytes);
    const bool exists = ::access(options.out.c_str(), F_OK) == 0;
    if (exists && !before) return cli.fail(before.error());
    const std::string diff = exists ? text_diff(*before, first.text) : "";
    if (!cli.json) cli.out << diff << std::flush;
    const bool changes = !exists || !diff.empty();
    if (exists && changes && !is_wanted(cli, options))
        return cli.fail(Error{Code::kRefused, options.out + " is there, and stays as it is", "--yes replaces it"}, {{"diff", diff}});
    if (changes)
        if (auto written = write_file_atomically(options.out, first.text, 0644); !written) return cli.fail(written.error());
    if (cli.json)
        cli.print(nlohmann::json{{"file", options.out}, {"policy", checked.policy->name}, {"changed", changes}, {"diff", diff}});
    else if (changes)
        say_next(cli, options, first, checked.diagnostics.size());
    else
        cli.err << "remit: " << printable(options.out) << " says this already\n";
    return 0;
}

int init(Cli& cli, const Options& options) {
    std::error_code error;
    const std::string folder = std::filesystem::current_path(error).string();
    if (error) return cli.fail(Error{Code::kMissing, "the current directory: " + error.message(), ""});
    auto first = write_first(cli, options, folder);
    if (!first) return cli.fail(first.error());
    if (options.build) {
        auto text = add_build_tool(std::move(first->text), folder);
        if (!text) return cli.fail(text.error());
        first->text = *std::move(text);
    }
    policy::Source source;
    source.files.push_back({options.out, first->text});
    const policy::Checked checked = check_here(source);
    if (checked.policy) return save(cli, options, *first, checked);
    for (const policy::Diagnostic& diagnostic : checked.diagnostics)
        if (diagnostic.severity == policy::Severity::kError) cli.err << policy::to_text(diagnostic) << "\n";
    return cli.fail(
        Error{Code::kBadData, "the policy would have errors: nothing was written", "see `remit policy check` of what it began with"});
}

}  // namespace

void add_init(CLI::App& app, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(app, "init", "Write a first policy for this directory: from an agent's profile, or from a learn session",
                              "remit init --agent claude --build");
    CLI::Option* agent = verb->add_option("--agent", options->agent, "A profile's name (the one agent that is on PATH)");
    verb->add_option("-o,--out", options->out, "The file to write")->capture_default_str();
    verb->add_option("--from-learn", options->learned.from, "Instead: a session (id or name), or a trail, as for `remit policy draft`")
        ->excludes(agent);
    verb->add_flag("--build", options->build, "Programs that the session makes in this directory may run");
    verb->add_flag("--yes", options->yes, "Replace a file that is there without asking");
    verb->add_option("--shipped", options->shipped, "The folder of the profiles")->envname("REMIT_SHIPPED_DIR")->capture_default_str();
    verb->add_option("--log-dir", options->learned.log_dir, "The daemon's log folder, where a session is named")
        ->envname("REMIT_LOG_DIR")
        ->capture_default_str();
    verb->callback([&cli, options] { cli.status = init(cli, *options); });
}

}  // namespace remit::cli
