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
    uint32_t how = REMIT_GUARDS_TREE;
};

bool on_bpffs(const std::string& path) {
    struct statfs status {};
    return ::statfs(path.c_str(), &status) == 0 && status.f_type == BPF_FS_MAGIC;
}

std::vector<Guarded> own_paths(const Options& options) {
    std::vector<Guarded> all{{options.state_dir}, {options.run_dir},    {options.log_dir},
                             {options.bpffs},     {options.policy_dir}, {"/proc/self/exe"}};
    if (!options.config.empty()) all.push_back({options.config});
    if (std::string mount = bpffs_mount_of(options.bpffs); !mount.empty()) all.push_back({std::move(mount)});
    all.push_back({api::control_path(options.run_dir), REMIT_GUARDS_TREE | REMIT_GUARDS_SOCKET});
    return all;
}

}  // namespace

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

Result<void> guard_own(kernel::Kernel& kernel, const Options& options) {
    std::vector<Fd> open;
    std::vector<int> fds;
    std::vector<Guarded> found;
    for (Guarded& each : own_paths(options)) {
        Fd fd(::open(each.path.c_str(), O_PATH | O_CLOEXEC));
        if (!fd) continue;  // not there yet
        fds.push_back(fd.get());
        open.push_back(std::move(fd));
        found.push_back(std::move(each));
    }
    auto identities = kernel.identify(fds);
    if (!identities) return std::move(identities).error().within("guard the daemon's own files");
    std::vector<kernel::GuardedInode> inodes;
    for (size_t i = 0; i < found.size(); i++) {
        if (!(*identities)[i]) return Error{Code::kInternal, "the kernel does not say which inode " + found[i].path + " is", ""};
        inodes.push_back({{(*identities)[i]->file.ino, (*identities)[i]->file.dev, 0}, found[i].how});
    }
    return kernel.guard_only(inodes);
}

}  // namespace remit::daemon
