#include "daemon/guarded.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <climits>
#include <cstdlib>
#include <utility>
#include <vector>

#include "api/socket.h"

namespace remit::daemon {

namespace {

struct Guarded {
    std::string path;
    uint32_t how = 0;  // enum remit_guarded
};

bool on_bpffs(const std::string& path) {
    struct statfs status {};
    return ::statfs(path.c_str(), &status) == 0 && status.f_type == BPF_FS_MAGIC;
}

std::map<std::string, uint32_t> own_paths(const Options& options, bool listens) {
    std::map<std::string, uint32_t> all;
    for (const std::string& path : {options.state_dir, options.run_dir, options.log_dir, options.bpffs, options.policy_dir, options.config,
                                    bpffs_mount_of(options.bpffs), std::string(session::kShippedPolicyDir), std::string("/proc/self/exe")})
        if (!path.empty()) all[path] = REMIT_GUARDS_TREE;
    all[api::control_path(options.run_dir)] = REMIT_GUARDS_TREE | REMIT_GUARDS_SOCKET;
    // An earlier daemon's is no way in: its inode may be another socket's a moment later.
    all[api::agent_path(options.run_dir)] = REMIT_GUARDS_TREE | (listens ? REMIT_GUARDS_AGENT : REMIT_GUARDS_SOCKET);
    if (listens) all["/"] = REMIT_GUARDS_HOME;
    return all;
}

uint32_t own_mounts() {
    struct stat status {};
    return ::stat("/proc/self/ns/mnt", &status) == 0 ? static_cast<uint32_t>(status.st_ino) : 0;
}

// Could nobody but root put another file there? path: without links.
bool is_roots_alone(const std::string& path) {
    for (std::string folder = path.substr(0, path.rfind('/'));; folder.resize(folder.rfind('/'))) {
        struct stat status {};
        if (::stat(folder.empty() ? "/" : folder.c_str(), &status) != 0 || status.st_uid != 0) return false;
        if ((status.st_mode & (S_IWGRP | S_IWOTH)) && !(status.st_mode & S_ISVTX)) return false;
        if (folder.empty()) return true;
    }
}

// The folders above, by which a path leads to it: as it was written, with links and all.
void add_above(const std::string& path, std::map<std::string, uint32_t>& all) {
    for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/', slash - 1))
        all[path.substr(0, slash)] |= REMIT_GUARDS_NAME;
}

}  // namespace

std::map<std::string, uint32_t> with_folders_above(const std::map<std::string, uint32_t>& paths) {
    std::map<std::string, uint32_t> all = paths;
    for (const auto& [path, how] : paths) {
        add_above(path, all);
        char real[PATH_MAX];
        if (::realpath(path.c_str(), real)) add_above(real, all);
    }
    return all;
}

std::string bpffs_mount_of(const std::string& folder) {
    char real[PATH_MAX];
    if (!::realpath(folder.c_str(), real) || !on_bpffs(real)) return {};
    std::string mount = real;
    while (mount != "/") {
        const std::string above = mount.substr(0, std::max<size_t>(mount.rfind('/'), 1));
        struct stat inner {};
        struct stat outer {};
        if (::stat(mount.c_str(), &inner) != 0 || ::stat(above.c_str(), &outer) != 0 || inner.st_dev != outer.st_dev) break;
        mount = above;
    }
    return mount;
}

Result<void> guard_own(kernel::Kernel& kernel, const Options& options, bool listens) {
    std::vector<Fd> open;
    std::vector<int> fds;
    std::vector<Guarded> found;
    for (const auto& [path, how] : with_folders_above(own_paths(options, listens))) {
        // A link above keeps its name as well as what it leads to does.
        Fd fd(::open(path.c_str(), O_PATH | O_CLOEXEC | (how == REMIT_GUARDS_NAME ? O_NOFOLLOW : 0)));
        if (!fd) continue;  // not there yet
        fds.push_back(fd.get());
        open.push_back(std::move(fd));
        found.push_back({path, how});
    }
    auto identities = kernel.identify(fds);
    if (!identities) return std::move(identities).error().within("guard the daemon's own files");
    std::map<std::pair<uint64_t, uint32_t>, uint32_t> how_of;  // two paths may lead to one inode
    for (size_t i = 0; i < found.size(); i++) {
        if (!(*identities)[i]) return Error{Code::kInternal, "the kernel does not say which inode " + found[i].path + " is", ""};
        how_of[{(*identities)[i]->file.ino, (*identities)[i]->file.dev}] |= found[i].how;
    }
    std::vector<kernel::GuardedInode> inodes;
    for (const auto& [inode, how] : how_of) {
        inodes.push_back({{inode.first, inode.second, 0}, how & ~static_cast<uint32_t>(REMIT_GUARDS_HOME)});
        if (how & REMIT_GUARDS_HOME) inodes.push_back({{inode.first, inode.second, own_mounts()}, REMIT_GUARDS_HOME});
    }
    if (auto guarded = kernel.guard_only(inodes); !guarded) return guarded;
    char real[PATH_MAX];
    const bool named = listens && ::realpath(api::agent_path(options.run_dir).c_str(), real) && is_roots_alone(real);
    return kernel.set_agent_path(named ? real : "");
}

}  // namespace remit::daemon
