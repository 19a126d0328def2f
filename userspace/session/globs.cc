#include "session/globs.h"

#include <sys/stat.h>

#include <algorithm>

#include "policy/check.h"
#include "session/installed.h"

namespace remit::session {

namespace {

// Where it is and when it was written; empty: it cannot be read.
std::string stamp_of(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return path + " " + std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) +
           "." + std::to_string(status.st_mtim.tv_nsec);
}

std::string first_error(const policy::Checked& checked) {
    const auto first = std::ranges::find(checked.diagnostics, policy::Severity::kError, &policy::Diagnostic::severity);
    return first == checked.diagnostics.end() ? "it is refused" : policy::to_text(*first);
}

}  // namespace

Globs::Globs(std::string policy_dir, std::string cgroup_root, Guard guard)
    : policy_dir_(std::move(policy_dir)), cgroup_root_(std::move(cgroup_root)), guard_(std::move(guard)) {}

void Globs::read(const std::string& name, const std::string& path, Installed& installed) const {
    installed.problems.clear();
    auto source = read_installed(path);
    if (!source) return installed.problems.push_back("policy " + name + ": " + source.error().message);
    const policy::Checked checked = policy::check(*source);
    if (!checked.policy) return installed.problems.push_back("policy " + name + ": " + first_error(checked));
    installed.known = true;
    installed.patterns.clear();
    for (const policy::Attach& each : checked.policy->attaches) {
        auto allowed = guard_.check_glob(cgroup_root_ + std::string(policy::fixed_folder(each.pattern)));
        if (allowed)
            installed.patterns.push_back(each.pattern);
        else
            installed.problems.push_back("policy " + name + ": attach \"" + each.pattern.text + "\": " + allowed.error().message);
    }
}

bool Globs::complete() const {
    return std::ranges::all_of(installed_, [](const auto& each) { return each.second.known; });
}

Result<bool> Globs::refresh() {
    std::map<std::string, Installed> now;
    bool changed = false;
    auto names = list_installed(policy_dir_);
    if (!names) return std::move(names).error();
    for (const std::string& name : *names) {
        auto path = find_installed(policy_dir_, name);
        const std::string stamp = path ? stamp_of(*path) : std::string();
        if (stamp.empty()) continue;  // removed just now
        Installed installed = installed_[name];
        if (installed.stamp != stamp) {
            installed.stamp = stamp;
            read(name, *path, installed);
            changed = true;
        }
        now[name] = std::move(installed);
    }
    changed = changed || now.size() != installed_.size();
    installed_ = std::move(now);
    if (!changed) return false;
    globs_.clear();
    for (const auto& [name, installed] : installed_) {
        for (const policy::Pattern& pattern : installed.patterns) globs_.push_back({name, pattern});
    }
    conflicts_.clear();
    for (const policy::Match& each : policy::conflicts(globs_)) {
        conflicts_.push_back("attach \"" + each.glob->pattern.text + "\" of policy " + each.glob->policy + " and \"" +
                             each.other->pattern.text + "\" of policy " + each.other->policy +
                             " mean the same cgroups: what both match is bound to neither and stays in limbo");
    }
    return true;
}

std::vector<std::string> Globs::problems() const {
    std::vector<std::string> all = conflicts_;
    for (const auto& [name, installed] : installed_) all.insert(all.end(), installed.problems.begin(), installed.problems.end());
    return all;
}

std::vector<std::string> Globs::prefixes() const {
    std::vector<std::string> prefixes;
    for (const policy::Glob& each : globs_)
        prefixes.push_back(guard_.path_of(cgroup_root_ + each.pattern.text.substr(0, each.pattern.fixed)));
    return prefixes;
}

policy::Match Globs::match(const std::string& folder) const {
    if (!folder.starts_with(cgroup_root_ + "/")) return {};
    return policy::match(globs_, std::string_view(folder).substr(cgroup_root_.size()));
}

}  // namespace remit::session
