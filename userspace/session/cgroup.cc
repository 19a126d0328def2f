#include "session/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

namespace remit::session {

namespace {

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

// Calls visit for the folder and every one below it, the deepest first.
void each_folder(const std::string& folder, const std::function<void(const std::string&)>& visit) {
    std::unique_ptr<DIR, CloseDir> dir(::opendir(folder.c_str()));
    if (!dir) return;
    while (const dirent* entry = ::readdir(dir.get())) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
        each_folder(folder + "/" + entry->d_name, visit);
    }
    visit(folder);
}

std::vector<pid_t> ids_below(const std::string& folder, const char* file) {
    std::vector<pid_t> ids;
    each_folder(folder, [&](const std::string& each) {
        std::ifstream in(each + "/" + file);
        for (pid_t id; in >> id;) ids.push_back(id);
    });
    return ids;
}

// systemd puts `_` before a name that would be one of the kernel's files.
std::string folder_in_slices(const std::string& folder, const std::string& name) {
    std::vector<std::string> slices;
    std::unique_ptr<DIR, CloseDir> dir(::opendir(folder.c_str()));
    while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
        const std::string_view found = entry->d_name;
        if (entry->d_type != DT_DIR) continue;
        if (found == name || found == "_" + name) return folder + "/" + entry->d_name;
        if (found.ends_with(".slice")) slices.push_back(folder + "/" + entry->d_name);
    }
    for (const std::string& slice : slices) {
        if (std::string below = folder_in_slices(slice, name); !below.empty()) return below;
    }
    return {};
}

Result<void> write_word(const std::string& path, std::string_view word) {
    Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) return errno_error("open", path);
    if (::write(fd.get(), word.data(), word.size()) < 0) return errno_error("write", path);
    return {};
}

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const size_t end = line.find(' ');
        if (end != 0) words.push_back(line.substr(0, end));
        if (end == std::string_view::npos) break;
        line.remove_prefix(end + 1);
    }
    return words;
}

}  // namespace

std::string parse_cgroup2_mount(std::string_view mountinfo) {
    while (!mountinfo.empty()) {
        const size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
        const auto words = words_of(mountinfo.substr(0, end));
        mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
        // id parent major:minor root mountpoint options [optional…] - type source superoptions
        for (size_t i = 6; i + 1 < words.size(); i++) {
            if (words[i] != "-") continue;
            if (words[i + 1] == "cgroup2" && words[3] == "/") return std::string(words[4]);
            break;
        }
    }
    return {};
}

Result<std::string> find_cgroup2_mount() {
    static const std::string mount = [] {
        std::ifstream in("/proc/self/mountinfo");
        std::stringstream text;
        text << in.rdbuf();
        return parse_cgroup2_mount(text.str());
    }();
    if (mount.empty())
        return Error{Code::kUnsupported, "no cgroup v2 hierarchy is mounted",
                     "mount -t cgroup2 none /sys/fs/cgroup, or boot with systemd.unified_cgroup_hierarchy=1"};
    return mount;
}

Result<std::string> cgroup_of(std::string_view pid) {
    const std::string path = "/proc/" + std::string(pid) + "/cgroup";
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("0::", 0) == 0) return line.substr(3);
    }
    return Error{Code::kMissing, "no cgroup v2 line in " + path, "the process is gone, or the kernel has no cgroup v2"};
}

Result<std::string> cgroup_folder_of(pid_t pid) {
    auto mount = find_cgroup2_mount();
    if (!mount) return mount;
    auto path = cgroup_of(std::to_string(pid));
    if (!path) return path;
    return *path == "/" ? *mount : *mount + *path;
}

Result<void> make_cgroup(const std::string& folder) {
    const std::string parent = folder.substr(0, folder.rfind('/'));
    if (::mkdir(parent.c_str(), 0755) != 0 && errno != EEXIST) return errno_error("make cgroup", parent);
    if (::mkdir(folder.c_str(), 0755) != 0) return errno_error("make cgroup", folder);
    return {};
}

Result<Fd> open_cgroup(const std::string& folder) {
    Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return errno_error("open cgroup", folder);
    return fd;
}

bool cgroup_exists(const std::string& folder) {
    return ::access((folder + "/cgroup.procs").c_str(), F_OK) == 0;
}

Result<std::string> find_unit(const std::string& cgroup_root, std::string_view unit) {
    static constexpr std::string_view kSuffixes[] = {".service", ".scope", ".slice", ".socket", ".mount", ".swap"};
    const bool whole = std::any_of(std::begin(kSuffixes), std::end(kSuffixes), [&](std::string_view each) { return unit.ends_with(each); });
    const std::string name = std::string(unit) + (whole ? "" : ".service");
    std::string folder = folder_in_slices(cgroup_root, name);
    if (folder.empty()) {
        return Error{Code::kMissing, "no unit " + name + " runs below " + cgroup_root,
                     "start it first, or name the cgroup of a user's unit with --cgroup"};
    }
    return folder;
}

Result<void> move_process(const std::string& folder, pid_t pid) {
    return write_word(folder + "/cgroup.procs", std::to_string(pid));
}

std::vector<pid_t> processes_below(const std::string& folder) {
    return ids_below(folder, "cgroup.procs");
}

std::vector<pid_t> threads_below(const std::string& folder) {
    return ids_below(folder, "cgroup.threads");
}

bool populated(const std::string& folder) {
    std::ifstream in(folder + "/cgroup.events");
    std::string key;
    for (int value; in >> key >> value;) {
        if (key == "populated") return value != 0;
    }
    return false;
}

Result<void> kill_cgroup(const std::string& folder) {
    return write_word(folder + "/cgroup.kill", "1");
}

Result<void> remove_cgroup(const std::string& folder) {
    int failed = 0;
    each_folder(folder, [&](const std::string& each) {
        if (::rmdir(each.c_str()) != 0 && errno != ENOENT) failed = errno;
    });
    if (failed == 0) return {};
    errno = failed;
    return errno_error("remove cgroup", folder);
}

}  // namespace remit::session
