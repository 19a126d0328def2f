#include "session/guard.h"

#include <climits>
#include <cstdlib>

#include "session/cgroup.h"

namespace remit::session {

namespace {

std::string real_folder(const std::string& path) {
    char real[PATH_MAX];
    return ::realpath(path.c_str(), real) ? std::string(real) : std::string();
}

// Is `inner` the folder `outer`, or below it?
bool within(const std::string& inner, const std::string& outer) {
    if (inner.compare(0, outer.size(), outer) != 0) return false;
    return inner.size() == outer.size() || outer.back() == '/' || inner[outer.size()] == '/';
}

Error glob_guarded(const std::string& folder) {
    return {Code::kNotPermitted, "the daemon itself or pid 1 lives in " + folder + " or below it, where the glob would bind cgroups",
            "name a folder that holds agents alone"};
}

Error guarded(const std::string& folder, const char* why) {
    return {Code::kNotPermitted, "cgroup " + folder + " cannot be bound: " + why, "bind a cgroup that holds the agent alone"};
}

}  // namespace

Guard::Guard(std::string mount, std::vector<std::string> own_and_init) : mount_(real_folder(mount)) {
    for (const std::string& path : own_and_init) guarded_.push_back(path == "/" ? mount_ : mount_ + path);
}

Result<Guard> Guard::make() {
    auto mount = find_cgroup2_mount();
    if (!mount) return std::move(mount).error();
    auto own = cgroup_of("self");
    if (!own) return std::move(own).error();
    auto init = cgroup_of("1");
    if (!init) return std::move(init).error();
    return Guard(*mount, {*own, *init});
}

Result<void> Guard::check(const std::string& folder, uint64_t id) const {
    if (id == 0) return guarded(folder, "its id is not known");
    if (id == 1) return guarded(folder, "it is the root of the hierarchy, which holds the whole host");
    const std::string real = real_folder(folder);
    if (real.empty()) return Error{Code::kMissing, "cgroup " + folder + " does not exist", "name an existing folder of the cgroup v2 tree"};
    if (!within(real, mount_)) return guarded(folder, ("it is not in the cgroup v2 tree at " + mount_).c_str());
    if (real == mount_) return guarded(folder, "it is the root of the hierarchy, which holds the whole host");
    for (const std::string& kept : guarded_) {
        if (within(kept, real)) return guarded(folder, "the daemon itself or pid 1 lives in it or below it");
    }
    return {};
}

Result<void> Guard::check_glob(const std::string& folder) const {
    if (path_of(folder).empty()) return guarded(folder, ("it is not in the cgroup v2 tree at " + mount_).c_str());
    for (const std::string& kept : guarded_) {
        if (within(kept, folder)) return glob_guarded(folder);
    }
    return {};
}

std::string Guard::path_of(const std::string& folder) const {
    return within(folder, mount_) && folder != mount_ ? folder.substr(mount_.size()) : std::string();
}

}  // namespace remit::session
