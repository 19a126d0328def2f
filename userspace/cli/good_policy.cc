#include "cli/good_policy.h"

#include "cli/policy_file.h"
#include "session/installed.h"

namespace remit::cli {

void add_policy_dir(CLI::App& verb, std::string& folder) {
    folder = session::kDefaultPolicyDir;
    verb.add_option("--policy-dir", folder, "The folder of installed policies")->envname("REMIT_POLICY_DIR")->capture_default_str();
}

Result<policy::Source> read_named_policy(const std::string& policy, const std::string& folder) {
    if (is_policy_path(policy)) return read_policy(policy);
    auto path = session::find_installed(folder, policy);
    if (!path) return std::move(path).error();
    return read_policy(*path);
}

std::optional<GoodPolicy> good_policy(Cli& cli, const std::string& policy, const std::string& folder) {
    auto source = read_named_policy(policy, folder);
    if (!source) {
        cli.fail(source.error());
        return std::nullopt;
    }
    policy::Checked checked = policy::check(*source);
    if (!checked.policy) {
        for (const auto& diagnostic : checked.diagnostics)
            if (diagnostic.severity == policy::Severity::kError) cli.err << policy::to_text(diagnostic) << "\n";
        cli.fail(Error{Code::kBadData, policy + " is no good policy", "see `remit policy check " + policy + "`"});
        return std::nullopt;
    }
    return GoodPolicy{*std::move(source), std::move(*checked.policy), std::move(*checked.tables)};
}

}  // namespace remit::cli
