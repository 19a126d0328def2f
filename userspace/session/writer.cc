#include "session/writer.h"

#include <sys/xattr.h>

#include <algorithm>

#include "session/session.h"

namespace remit::session {

namespace {

// Beyond root's, every one of a walk that goes wrong counts as writable.
constexpr size_t kMaxDepth = 256;

// More entries than owner, group and others: the group's bits of the mode are then the most that any of them has.
bool has_acl(const Fd& fd) {
    return ::getxattr(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

std::string parent_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

}  // namespace

std::string Writer::key() const {
    if (!known()) return "anyone";
    std::vector<gid_t> sorted = gids;
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    std::string key = std::to_string(uid);
    for (gid_t gid : sorted) key += ":" + std::to_string(gid);
    return key;
}

Writer writer_of(const Session& session) {
    return session.origin == Origin::kAttach ? Writer{} : writer_of(session.starter);
}

Writer writer_of(const Actor& starter) {
    return starter.uid == 0 ? Writer{} : Writer{starter.uid, starter.gids};
}

// The owner may always change the mode.
bool WriteCheck::owns(const struct stat& status) const {
    return writer_.known() ? status.st_uid == writer_.uid : status.st_uid != 0;
}

bool WriteCheck::may_write(const Entry& entry) const {
    const mode_t mode = entry.status.st_mode;
    if (owns(entry.status) || (mode & S_IWOTH)) return true;
    if (!(mode & S_IWGRP)) return false;
    if (entry.acl) return true;
    if (!writer_.known()) return entry.status.st_gid != 0;
    return std::find(writer_.gids.begin(), writer_.gids.end(), entry.status.st_gid) != writer_.gids.end();
}

const WriteCheck::Entry* WriteCheck::folder_at(const std::string& folder) {
    if (auto known = folders_.find(folder); known != folders_.end()) return &known->second;
    Entry entry;
    auto found = open_in_root(root_, folder);
    if (!found || ::fstat(found->fd.get(), &entry.status) != 0 || !S_ISDIR(entry.status.st_mode)) return nullptr;
    entry.acl = (entry.status.st_mode & S_IWGRP) && has_acl(found->fd);
    return &folders_.emplace(folder, entry).first->second;
}

// Can what the folder calls entry be taken away and put in again?
bool WriteCheck::exposed(const std::string& folder, const struct stat& entry) {
    const Entry* above = folder_at(folder);
    if (!above) return true;
    if (!may_write(*above)) return false;
    return !(above->status.st_mode & S_ISVTX) || owns(above->status) || owns(entry);
}

bool WriteCheck::replaceable(const std::string& path) {
    if (path == "/") return false;
    if (!path.starts_with('/') || static_cast<size_t>(std::count(path.begin(), path.end(), '/')) > kMaxDepth) return true;
    if (auto known = replaceable_.find(path); known != replaceable_.end()) return known->second;
    const std::string parent = parent_of(path);
    auto found = open_in_root(root_, path);
    struct stat status {};
    // What is not there can be put there where the folder can be written.
    const bool there = found && ::fstat(found->fd.get(), &status) == 0;
    const bool answer = exposed(parent, status) || replaceable(parent);
    if (there && S_ISDIR(status.st_mode)) replaceable_[path] = answer;
    return answer;
}

bool WriteCheck::leads_elsewhere(const std::string& path) {
    std::string folder = "/";  // that the path has led to so far, behind all links
    for (size_t at = 1; at < path.size();) {
        const size_t end = std::min(path.find('/', at), path.size());
        const std::string straight = (folder == "/" ? "/" : folder + "/") + path.substr(at, end - at);
        auto found = open_in_root(root_, path.substr(0, end));
        const bool last = end == path.size();
        if (!found && !last) return true;
        const bool link = found && found->path != straight;
        const Entry* above = folder_at(folder);
        if (link && (!above || may_write(*above))) return true;
        if (replaceable(found ? found->path : straight)) return true;
        if (found) folder = found->path;
        at = end + 1;
    }
    return false;
}

bool WriteCheck::writable(const FoundFile& file) {
    Entry entry;
    if (file.path.empty() || ::fstat(file.fd.get(), &entry.status) != 0) return true;
    entry.acl = (entry.status.st_mode & S_IWGRP) && has_acl(file.fd);
    if (may_write(entry)) return true;
    const std::string parent = parent_of(file.path);
    return exposed(parent, entry.status) || replaceable(parent);
}

}  // namespace remit::session
