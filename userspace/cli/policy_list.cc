// remit policy list: which policies are installed. Needs no daemon.
#include <memory>

#include "cli/good_policy.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "session/installed.h"

namespace remit::cli {
namespace {

nlohmann::json look_at(const std::string& folder, const std::string& name) {
    nlohmann::json shown{{"name", name}, {"good", false}};
    auto source = read_named_policy(name, folder);
    if (!source) {
        shown["problem"] = source.error().message;
        return shown;
    }
    shown["sha256"] = policy::identity(*source);
    const policy::Checked checked = policy::check(*source);
    if (!checked.policy) {
        shown["problem"] = "`remit policy check` finds errors in it";
        return shown;
    }
    shown["good"] = true;
    shown["policy"] = checked.policy->name;
    shown["version"] = checked.policy->version;
    shown["about"] = checked.policy->about;
    return shown;
}

int list(Cli& cli, const std::string& folder) {
    auto names = session::list_installed(folder);
    if (!names) return cli.fail(names.error());
    nlohmann::json policies = nlohmann::json::array();
    for (const std::string& name : *names) policies.push_back(look_at(folder, name));
    if (cli.json) {
        cli.print(nlohmann::json{{"folder", folder}, {"policies", policies}});
        return 0;
    }
    if (policies.empty()) {
        cli.err << "remit: no policy is installed in " << folder << "\n";
        return 0;
    }
    Table table({"NAME", "VERSION", "SHA256", "ABOUT"});
    for (const nlohmann::json& each : policies) {
        table.add({each["name"], each.value("version", ""), each.value("sha256", "").substr(0, 16),
                   each["good"] ? each.value("about", "") : "BAD: " + each.value("problem", "")});
        if (!each["good"]) table.tint(3, kRed);
    }
    cli.out << table.to_text(cli.colour);
    return 0;
}

}  // namespace

void add_policy_list(CLI::App& policy, Cli& cli) {
    auto folder = std::make_shared<std::string>();
    CLI::App* verb = add_verb(policy, "list", "List the installed policies", "remit policy list");
    add_policy_dir(*verb, *folder);
    verb->callback([&cli, folder] { cli.status = list(cli, *folder); });
}

}  // namespace remit::cli
