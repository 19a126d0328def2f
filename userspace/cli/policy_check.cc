// remit policy check: every error and warning of policy files, with positions; their examples are played. Needs no daemon.
#include <memory>

#include "base/text.h"
#include "cli/policy_file.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "policy/check.h"

namespace remit::cli {
namespace {

nlohmann::json to_json(const policy::Diagnostic& diagnostic) {
    return {{"file", diagnostic.file},
            {"line", diagnostic.position.line},
            {"column", diagnostic.position.column},
            {"warning", diagnostic.severity == policy::Severity::kWarning},
            {"code", diagnostic.code},
            {"message", diagnostic.message},
            {"hint", diagnostic.hint}};
}

struct File {
    nlohmann::json shown;
    bool good = false;
};

void print_text(Cli& cli, const std::string& path, const policy::Checked& checked) {
    for (const policy::Diagnostic& diagnostic : checked.diagnostics) cli.out << policy::to_text(diagnostic) << "\n";
    if (!checked.policy) return;
    const policy::Policy& policy = *checked.policy;
    cli.out << printable(path) << ": " << paint("good", kGreen, cli.colour) << ": policy " << policy.name << ", " << policy.tools.size()
            << " tools, " << policy.grants.size() << " grants, " << policy.denies.size() << " denies, " << policy.examples.size()
            << " examples pass\n";
}

File check_file(Cli& cli, const std::string& path) {
    auto source = read_policy(path);
    if (!source) {
        if (!cli.json) cli.fail(source.error());
        return {{{"file", path},
                 {"good", false},
                 {"error", {{"code", static_cast<int>(source.error().code)}, {"message", source.error().message}}}}};
    }
    const policy::Checked checked = check_here(*source);
    if (!cli.json) print_text(cli, path, checked);
    nlohmann::json diagnostics = nlohmann::json::array();
    for (const policy::Diagnostic& diagnostic : checked.diagnostics) diagnostics.push_back(to_json(diagnostic));
    File file{{{"file", path}, {"good", checked.policy.has_value()}, {"sha256", policy::identity(*source)}, {"diagnostics", diagnostics}},
              checked.policy.has_value()};
    if (checked.policy) file.shown["policy"] = checked.policy->name;
    return file;
}

int check(Cli& cli, const std::vector<std::string>& paths) {
    nlohmann::json files = nlohmann::json::array();
    int status = 0, missing = 0;
    for (const std::string& path : paths) {
        File file = check_file(cli, path);
        if (!file.good) status = static_cast<int>(Code::kBadData);
        if (file.shown.contains("error")) missing = file.shown["error"]["code"];
        files.push_back(std::move(file.shown));
    }
    if (cli.json) cli.print(nlohmann::json{{"files", files}});
    return missing ? missing : status;
}

}  // namespace

void add_policy_check(CLI::App& policy, Cli& cli) {
    auto paths = std::make_shared<std::vector<std::string>>();
    CLI::App* verb =
        add_verb(policy, "check", "Find every mistake in policy files and play their examples", "remit policy check coding.textproto");
    verb->add_option("file", *paths, "Policy files; each is checked with its imports")->required();
    verb->callback([&cli, paths] { cli.status = check(cli, *paths); });
}

}  // namespace remit::cli
