// remit policy test: plays the examples of policies by the code that decides in the kernel, and says how each step came out. Needs no
// daemon.
#include <memory>

#include "base/text.h"
#include "cli/good_policy.h"
#include "cli/policy_file.h"
#include "cli/table.h"
#include "cli/verbs.h"

namespace remit::cli {
namespace {

struct Options {
    std::vector<std::string> files;
    std::string folder;
};

nlohmann::json to_json(const policy::PlayedExample& example) {
    nlohmann::json steps = nlohmann::json::array();
    for (const policy::PlayedStep& step : example.steps) {
        nlohmann::json shown{{"step", step.text}, {"line", step.position.line}, {"played", step.played}};
        if (step.played) shown["good"] = step.good;
        for (const auto& [key, text] : {std::pair{"outcome", &step.outcome}, {"expected", &step.expected}, {"rule", &step.rule}})
            if (!text->empty()) shown[key] = *text;
        steps.push_back(std::move(shown));
    }
    return {{"name", example.name}, {"line", example.position.line}, {"passes", example.passes}, {"steps", steps}};
}

void print_step(Cli& cli, const policy::PlayedStep& step) {
    const char* sign = !step.played ? "-" : step.good ? "ok" : "NO";
    std::string line = step.text;
    if (!step.played) line += ": not played";
    if (!step.outcome.empty()) line += ": " + step.outcome;
    if (!step.expected.empty()) line += ", expected " + step.expected;
    if (!step.rule.empty()) line += "  (" + step.rule + ")";
    cli.out << "  " << paint(pad(sign, 3), step.good ? kGreen : kRed, cli.colour && step.played) << " " << printable(line) << "\n";
}

void print_examples(Cli& cli, const std::string& file, const std::vector<policy::PlayedExample>& examples) {
    size_t failed = 0;
    for (const policy::PlayedExample& example : examples) {
        failed += !example.passes;
        cli.out << printable(file) << ":" << example.position.line << ": " << printable(example.name) << ": "
                << paint(example.passes ? "passes" : "FAILS", example.passes ? kGreen : kRed, cli.colour) << "\n";
        for (const policy::PlayedStep& step : example.steps) print_step(cli, step);
    }
    if (examples.empty())
        cli.err << "remit: " << printable(file) << " has no examples\n";
    else
        cli.out << printable(file) << ": " << examples.size() - failed << " of " << examples.size() << " examples pass\n";
}

// What cannot be played at all: it is for check to say why.
bool is_bad(const policy::Checked& checked) {
    return !checked.policy && checked.examples.empty();
}

struct File {
    nlohmann::json shown;
    int status = 0;
};

File fail(Cli& cli, const std::string& file, const Error& error) {
    const int code = static_cast<int>(error.code);
    if (!cli.json) cli.fail(error);
    return {{{"file", file}, {"error", {{"code", code}, {"message", error.message}, {"hint", error.hint}}}}, code};
}

File test_file(Cli& cli, const Options& options, const std::string& file) {
    auto source = read_named_policy(file, options.folder);
    if (!source) return fail(cli, file, source.error());
    const policy::Checked checked = policy::check(*source);
    if (is_bad(checked))
        return fail(cli, file, {Code::kBadData, file + " is no good policy", "`remit policy check " + file + "` says why"});
    if (!cli.json) print_examples(cli, file, checked.examples);
    nlohmann::json examples = nlohmann::json::array();
    for (const policy::PlayedExample& example : checked.examples) examples.push_back(to_json(example));
    return {{{"file", file}, {"passes", checked.policy.has_value()}, {"examples", examples}},
            checked.policy ? 0 : static_cast<int>(Code::kRefused)};
}

int test(Cli& cli, const Options& options) {
    nlohmann::json files = nlohmann::json::array();
    int status = 0;
    for (const std::string& path : options.files) {
        File file = test_file(cli, options, path);
        status = std::max(status, file.status);
        files.push_back(std::move(file.shown));
    }
    if (cli.json) cli.print(nlohmann::json{{"files", files}});
    return status;
}

}  // namespace

void add_policy_test(CLI::App& policy, Cli& cli) {
    auto options = std::make_shared<Options>();
    CLI::App* verb = add_verb(policy, "test", "Play the examples of policies, and say how each step came out; exits 1 where one fails",
                              "remit policy test coding.textproto");
    verb->add_option("file", options->files, "Policy files, or names of installed policies")->required();
    add_policy_dir(*verb, options->folder);
    verb->callback([&cli, options] { cli.status = test(cli, *options); });
}

}  // namespace remit::cli
