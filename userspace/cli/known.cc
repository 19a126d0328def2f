#include "cli/known.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace remit::cli {
namespace {

// A build runs some hundred programs; beyond this bound everything is forgotten and learned anew.
constexpr size_t kMaxKnown = 4096;

std::string proc(pid_t tid, const char* what) {
    return "/proc/" + std::to_string(tid) + "/" + what;
}

std::string absolute_path(const HeldCall& call) {
    if (!call.path.empty() && call.path[0] == '/') return call.path;
    std::string link = call.dirfd == AT_FDCWD ? proc(call.tid, "cwd") : proc(call.tid, "fd/") + std::to_string(call.dirfd);
    std::array<char, 4096> folder;
    ssize_t length = ::readlink(link.c_str(), folder.data(), folder.size());
    if (length <= 0 || length == static_cast<ssize_t>(folder.size()) || folder[0] != '/') return "";
    return std::string(folder.data(), static_cast<size_t>(length)) + "/" + call.path;
}

bool shares_our_root(pid_t tid) {
    struct stat theirs {
    }, ours{};
    return ::stat(proc(tid, "root").c_str(), &theirs) == 0 && ::stat("/", &ours) == 0 && theirs.st_dev == ours.st_dev &&
           theirs.st_ino == ours.st_ino;
}

}  // namespace

std::optional<KnownPrograms::Sighting> KnownPrograms::look(const HeldCall& call) const {
    if (!call.readable || call.empty_path || call.path.empty()) return std::nullopt;
    Sighting sighting;
    sighting.path = absolute_path(call);
    // Links of /proc mean another file for each reader.
    if (sighting.path.empty() || sighting.path.starts_with("/proc/")) return std::nullopt;
    struct stat status {};
    const std::string file = by_caller_ ? proc(call.tid, "root") + sighting.path : sighting.path;
    if (::stat(file.c_str(), &status) != 0) {
        if ((errno != ENOENT && errno != ENOTDIR) || (by_caller_ && !shares_our_root(call.tid))) return std::nullopt;
        sighting.missing = true;
        return sighting;
    }
    sighting.dev = status.st_dev;
    sighting.ino = status.st_ino;
    sighting.size = static_cast<uint64_t>(status.st_size);
    sighting.ctime_sec = status.st_ctim.tv_sec;
    sighting.ctime_nsec = status.st_ctim.tv_nsec;
    return sighting;
}

bool KnownPrograms::knows(const Sighting& sighting) const {
    auto found = programs_.find(sighting.path);
    return found != programs_.end() && found->second == sighting;
}

void KnownPrograms::learn(Sighting sighting, uint32_t generation) {
    set_generation(generation);
    if (programs_.size() >= kMaxKnown) programs_.clear();
    std::string path = sighting.path;
    programs_.insert_or_assign(std::move(path), std::move(sighting));
}

void KnownPrograms::set_generation(uint32_t generation) {
    if (generation == generation_) return;
    programs_.clear();
    generation_ = generation;
}

}  // namespace remit::cli
