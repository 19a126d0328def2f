#include "cli/install_globs.h"

#include <algorithm>

#include "cli/policy_file.h"
#include "policy/attach.h"
#include "session/cgroup.h"
#include "session/guard.h"
#include "session/installed.h"

namespace remit::cli {
namespace {

constexpr std::chrono::milliseconds kPatience(5000);

std::optional<control::v1::StatusReport> status_of_daemon(const Cli& cli) {
    auto client = api::Client::connect(cli.run_dir);
    if (!client) return std::nullopt;
    control::v1::Request request;
    request.mutable_status();
    auto response = client->call(request, kPatience);
    if (!response || !response->has_status()) return std::nullopt;
    return response->status();
}

// Those of installed policies that stay; one that cannot be read is no policy by now.
void add_installed(const std::vector<GoodPolicy>& replaced, const std::string& folder, std::vector<policy::Glob>& globs) {
    auto names = session::list_installed(folder);
    for (const std::string& name : names ? *names : std::vector<std::string>()) {
        if (std::ranges::any_of(replaced, [&](const GoodPolicy& each) { return each.policy.name == name; })) continue;
        auto source = read_named_policy(name, folder);
        if (!source) continue;
        const policy::Checked checked = policy::check(*source);
        if (!checked.policy) continue;
        for (const policy::Attach& each : checked.policy->attaches) globs.push_back({name, each.pattern});
    }
}

Result<void> check_guarded(const Cli& cli, const std::vector<policy::Glob>& globs) {
    auto mount = session::find_cgroup2_mount();
    auto init = session::cgroup_of("1");
    if (!mount || !init) return {};  // a host without a hierarchy to bind anything in
    std::vector<std::string> kept{*init};
    std::string root = *mount;
    if (auto status = status_of_daemon(cli)) {
        if (auto own = session::cgroup_of(std::to_string(status->pid()))) kept.push_back(*own);
        root = status->cgroup_root();
    }
    const session::Guard guard(*mount, kept);
    for (const policy::Glob& glob : globs) {
        if (auto allowed = guard.check_glob(root + std::string(policy::fixed_folder(glob.pattern))); !allowed)
            return std::move(allowed).error().within("policy " + glob.policy + ", attach \"" + glob.pattern.text + "\"");
    }
    return {};
}

}  // namespace

Result<void> check_globs(const Cli& cli, const std::vector<GoodPolicy>& policies, const std::string& folder) {
    std::vector<policy::Glob> globs;
    for (const GoodPolicy& each : policies) {
        for (const policy::Attach& attach : each.policy.attaches) globs.push_back({each.policy.name, attach.pattern});
    }
    if (globs.empty()) return {};
    if (auto allowed = check_guarded(cli, globs); !allowed) return allowed;
    add_installed(policies, folder, globs);
    const auto found = policy::conflicts(globs);
    if (found.empty()) return {};
    const policy::Match& first = found.front();
    return Error{Code::kBadData,
                 "attach \"" + first.glob->pattern.text + "\" of policy " + first.glob->policy + " and \"" + first.other->pattern.text +
                     "\" of policy " + first.other->policy + " mean the same cgroups",
                 "let one of them be deeper, or mean others: of two equally deep globs none is the better one"};
}

std::vector<std::string> tell_daemon(const Cli& cli) {
    auto status = status_of_daemon(cli);
    if (!status) return {};
    return {status->glob_problems().begin(), status->glob_problems().end()};
}

}  // namespace remit::cli
