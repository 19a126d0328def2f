#include "kernel/cgroups.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/fd.h"
#include "kernel/kernel.h"

namespace remit::kernel {
namespace {

// include/linux/exportfs.h, kernel 5.5: the handle of a kernfs file is its 64-bit id.
constexpr int kFileidKernfs = 0xfe;

bool is_cgroup2(const std::string& path) {
    struct statfs stat {};
    return statfs(path.c_str(), &stat) == 0 && stat.f_type == CGROUP2_SUPER_MAGIC;
}

}  // namespace

Result<uint64_t> cgroup_id(const std::string& path) {
    if (!is_cgroup2(path))
        return Error{Code::kBadData, path + " is not a folder of cgroup v2",
                     "give a folder below the mount point of cgroup2 (see `mount -t cgroup2`)"};
    struct stat stat {};
    if (::stat(path.c_str(), &stat)) return errno_error("stat", path);
    return static_cast<uint64_t>(stat.st_ino);
}

Result<Fd> open_cgroup(const std::string& anywhere, uint64_t id) {
    const Fd mounted(open(anywhere.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!mounted) return errno_error("open", anywhere);
    std::vector<char> bytes(sizeof(file_handle) + sizeof(id));
    auto* handle = reinterpret_cast<file_handle*>(bytes.data());
    handle->handle_bytes = sizeof(id);
    handle->handle_type = kFileidKernfs;
    std::memcpy(handle->f_handle, &id, sizeof(id));
    Fd folder(open_by_handle_at(mounted.get(), handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) return errno_error("open cgroup id", std::to_string(id));
    return folder;
}

Result<std::string> path_of_id(const std::string& anywhere, uint64_t id) {
    auto folder = open_cgroup(anywhere, id);
    if (!folder) return folder.error();
    std::array<char, 4096> path{};
    const ssize_t size = readlink(("/proc/self/fd/" + std::to_string(folder->get())).c_str(), path.data(), path.size());
    if (size < 0) return errno_error("read the path of cgroup id", std::to_string(id));
    return std::string(path.data(), static_cast<size_t>(size));
}

Result<uint32_t> cgroup_level(const std::string& anywhere, uint64_t id) {
    auto path = path_of_id(anywhere, id);
    if (!path) return path.error();
    uint32_t level = 0;
    std::filesystem::path above = std::filesystem::path(*path).parent_path();
    while (is_cgroup2(above.string())) {
        level++;
        if (above == above.parent_path()) break;
        above = above.parent_path();
    }
    return level;
}

}  // namespace remit::kernel
