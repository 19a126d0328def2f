#include "session/files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <optional>

#include "session/programfile.h"

namespace remit::session {

namespace {

// BINPRM_BUF_SIZE of the kernel: a longer first line is cut there.
constexpr size_t kFirstLineBytes = 256;
// exec_binprm() gives ELOOP beyond this many interpreters.
constexpr size_t kMaxChain = 5;

std::string read_link(const std::string& path) {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    return length > 0 ? std::string(target.data(), static_cast<size_t>(length)) : std::string();
}

std::string own_path(const Fd& fd) {
    return read_link("/proc/self/fd/" + std::to_string(fd.get()));
}

Result<Fd> open_path(const std::string& path) {
    Fd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (fd) return fd;
    const bool missing = errno == ENOENT || errno == ENOTDIR || errno == ESRCH;
    Error error = errno_error("open", path);
    if (missing) error.code = Code::kMissing;
    return error;
}

std::string process_folder(pid_t pid) {
    return "/proc/" + std::to_string(pid);
}

bool take_prefix(std::string& path, std::string_view prefix) {
    if (path.rfind(prefix, 0) != 0) return false;
    path.erase(0, prefix.size());
    return true;
}

// The leading part of a path that goes through one of the task's own magic links (/proc/self/fd/3, /dev/fd/3, /proc/self/exe, cwd, root):
// the daemon must follow the task's, not its own. Leaves in path what is behind it.
std::optional<std::string> take_own_link(pid_t pid, std::string& path) {
    std::string rest = path;
    const std::string folder = process_folder(pid);
    std::string link;
    if (take_prefix(rest, "/dev/fd/")) {
        link = folder + "/fd/";
    } else if (take_prefix(rest, "/proc/self/") || take_prefix(rest, "/proc/thread-self/") || take_prefix(rest, folder + "/")) {
        link = folder + "/";
        if (take_prefix(rest, "fd/")) link += "fd/";
    } else {
        return std::nullopt;
    }
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string name = rest.substr(0, end);
    const bool descriptor = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
    if (link.ends_with("/fd/") ? !descriptor : name != "exe" && name != "cwd" && name != "root") return std::nullopt;
    path = rest.substr(std::min(end + 1, rest.size()));
    return link + name;
}

Result<FoundFile> found_at(const Root& root, Fd fd) {
    FoundFile found{std::move(fd), {}};
    found.path = path_in_root(root, found.fd);
    return found;
}

}  // namespace

Result<Root> open_root_of(pid_t pid, const std::string& folder) {
    struct stat mounts {};
    auto fd = open_path(process_folder(pid) + "/root");
    if (!fd) return std::move(fd).error();
    const std::string path = process_folder(pid) + "/ns/mnt";
    if (::stat(path.c_str(), &mounts) != 0) return errno_error("stat", path);
    Root root{*std::move(fd), mounts.st_ino};
    if (folder.empty()) return root;
    auto below = open_in_root(root, folder);
    if (!below) return std::move(below).error();
    return Root{std::move(below->fd), mounts.st_ino};
}

Result<FoundFile> open_in_root(const Root& root, const std::string& path) {
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    Fd fd(static_cast<int>(::syscall(SYS_openat2, root.fd.get(), path.c_str(), &how, sizeof how)));
    if (!fd) {
        const bool missing = errno == ENOENT || errno == ENOTDIR;
        Error error = errno_error("open", path);
        if (missing) error.code = Code::kMissing;
        return error;
    }
    return found_at(root, std::move(fd));
}

Result<FoundFile> open_named(pid_t pid, const Root& root, const ExecName& name) {
    std::string path = name.path;
    std::string base;
    if (name.empty_path && path.empty()) {
        base = process_folder(pid) + "/fd/" + std::to_string(name.dirfd);
    } else if (auto link = take_own_link(pid, path)) {
        base = *link;
    } else if (path.starts_with('/')) {
        return open_in_root(root, path);
    } else if (path.empty()) {
        return Error{Code::kMissing, "an empty path names no program", ""};
    } else {
        base = process_folder(pid) + (name.dirfd == AT_FDCWD ? "/cwd" : "/fd/" + std::to_string(name.dirfd));
    }
    auto opened = open_path(base);
    if (!opened) return std::move(opened).error();
    if (path.empty()) return found_at(root, *std::move(opened));
    const std::string folder = path_in_root(root, *opened);
    if (folder.empty()) return Error{Code::kNotPermitted, path + " is relative to a folder outside the session's root", ""};
    return open_in_root(root, folder + "/" + path);
}

std::string path_in_root(const Root& root, const Fd& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || status.st_nlink == 0) return {};
    const std::string top = own_path(root.fd);
    std::string path = own_path(file);
    if (!path.starts_with('/') || top.empty()) return {};
    if (top == "/") return path;
    if (path == top) return "/";
    return path.starts_with(top + "/") ? path.substr(top.size()) : std::string();
}

std::string path_in_session(const Root& session, const Root& task, const FoundFile& file) {
    if (task.mounts == session.mounts) return path_in_root(session, file.fd);
    if (file.path.empty()) return {};
    auto same = open_in_root(session, file.path);
    struct stat theirs {};
    struct stat ours {};
    if (!same || ::fstat(file.fd.get(), &theirs) != 0 || ::fstat(same->fd.get(), &ours) != 0) return {};
    return theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino ? same->path : std::string();
}

std::string read_interpreter(const Fd& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || is_foreign(file)) return {};
    // Regular by now, so that opening it for reading neither waits nor acts.
    Fd readable(::open(("/proc/self/fd/" + std::to_string(file.get())).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::array<char, kFirstLineBytes> bytes;
    const ssize_t count = readable ? ::pread(readable.get(), bytes.data(), bytes.size(), 0) : -1;
    if (count < 3 || bytes[0] != '#' || bytes[1] != '!') return {};
    std::string line(bytes.data() + 2, static_cast<size_t>(count) - 2);
    line.resize(std::min(line.find_first_of(std::string_view("\n\0", 2)), line.size()));
    const size_t start = line.find_first_not_of(" \t");
    if (start == std::string::npos) return {};
    return line.substr(start, std::min(line.find_first_of(" \t", start), line.size()) - start);
}

std::vector<FoundFile> open_chain(const Root& root, FoundFile first) {
    std::vector<FoundFile> chain;
    chain.push_back(std::move(first));
    while (chain.size() < kMaxChain) {
        const std::string interpreter = read_interpreter(chain.back().fd);
        if (!interpreter.starts_with('/')) break;
        auto next = open_in_root(root, interpreter);
        if (!next) break;
        chain.push_back(*std::move(next));
    }
    return chain;
}

}  // namespace remit::session
