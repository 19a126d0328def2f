#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.h"

namespace remit {
namespace {

std::string folder_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

enum class Sync { kWait, kBegin };

Result<void> fill(int fd, std::string_view bytes, mode_t mode, Sync sync, const std::string& path) {
    if (fchmod(fd, mode) != 0) return errno_error("set the mode of", path);
    if (auto written = write_all(fd, bytes, path); !written) return written;
    if (sync == Sync::kBegin)
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);  // some file systems have none
    else if (fsync(fd) != 0)
        return errno_error("sync", path);
    return {};
}

Result<void> replace(const std::string& path, std::string_view bytes, mode_t mode, Sync sync) {
    std::string temporary = path + ".XXXXXX";
    const Fd fd(mkostemp(temporary.data(), O_CLOEXEC));
    if (!fd) return errno_error("create", temporary);
    auto filled = fill(fd.get(), bytes, mode, sync, temporary);
    if (filled && rename(temporary.c_str(), path.c_str()) != 0) filled = errno_error("rename to", path);
    if (!filled) unlink(temporary.c_str());
    return filled;
}

}  // namespace

Result<std::string> read_file(const std::string& path, size_t max_bytes) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd) return errno_error("open", path);
    std::string bytes;
    char piece[16384];
    for (;;) {
        const ssize_t got = read(fd.get(), piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", path);
        if (got == 0) return bytes;
        bytes.append(piece, size_t(got));
        if (bytes.size() > max_bytes)
            return Error{Code::kBadData, "read " + path + ": larger than " + std::to_string(max_bytes) + " bytes", "use a smaller file"};
    }
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view path) {
    while (!bytes.empty()) {
        const ssize_t done = write(fd, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return errno_error("write", path);
        bytes.remove_prefix(size_t(done));
    }
    return {};
}

Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode) {
    if (auto replaced = replace(path, bytes, mode, Sync::kWait); !replaced) return replaced;
    return sync_folder(folder_of(path));
}

Result<void> replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
    return replace(path, bytes, mode, Sync::kBegin);
}

Result<void> make_folders(const std::string& path, mode_t mode) {
    struct stat info {};
    if (stat(path.c_str(), &info) == 0) {
        if (S_ISDIR(info.st_mode)) return {};
        errno = ENOTDIR;
        return errno_error("make folder", path);
    }
    const std::string above = folder_of(path);
    if (above != path && above != ".")
        if (auto made = make_folders(above, mode); !made) return made;
    if (mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return errno_error("make folder", path);
    return {};
}

Result<void> sync_folder(const std::string& path) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return errno_error("open folder", path);
    if (fsync(fd.get()) != 0) return errno_error("sync folder", path);
    return {};
}

}  // namespace remit
