#include "daemon/cgroup_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace remit::daemon {

Result<CgroupWatch> CgroupWatch::make() {
    Fd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify) return errno_error("inotify_init1");
    return CgroupWatch(std::move(inotify));
}

Result<void> CgroupWatch::add(uint64_t key, const std::string& cgroup) {
    // cgroup.events changes when the folder empties; its removal is seen in the parent only (kernfs raises no IN_DELETE_SELF on 6.18).
    if (auto added = add_watch(key, cgroup + "/cgroup.events", IN_MODIFY); !added) return added;
    return add_watch(key, cgroup.substr(0, cgroup.rfind('/')), IN_DELETE | IN_ONLYDIR);
}

Result<void> CgroupWatch::add_watch(uint64_t key, const std::string& path, uint32_t mask) {
    const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), mask);
    if (watch < 0) {
        Error error = errno_error("inotify_add_watch", path);
        if (errno == ENOSPC) error.hint = "raise fs.inotify.max_user_watches: a session takes one or two";
        return error;
    }
    keys_[watch].insert(key);
    return {};
}

void CgroupWatch::remove(uint64_t key) {
    for (auto at = keys_.begin(); at != keys_.end();) {
        at->second.erase(key);
        if (at->second.empty()) ::inotify_rm_watch(inotify_.get(), at->first);
        at = at->second.empty() ? keys_.erase(at) : std::next(at);
    }
}

void CgroupWatch::read(const std::function<void(uint64_t key)>& on_change, const std::function<void()>& overflow) {
    alignas(inotify_event) std::array<char, 16 << 10> bytes;
    std::unordered_set<uint64_t> changed;
    bool lost = false;
    for (ssize_t count = 0; (count = ::read(inotify_.get(), bytes.data(), bytes.size())) > 0;) {
        for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= count;) {
            inotify_event event;
            std::memcpy(&event, bytes.data() + at, sizeof event);
            at += static_cast<ssize_t>(sizeof event + event.len);
            if (event.mask & IN_Q_OVERFLOW) lost = true;
            if (auto keys = keys_.find(event.wd); keys != keys_.end()) changed.insert(keys->second.begin(), keys->second.end());
        }
    }
    if (lost) return overflow();
    for (uint64_t key : changed) on_change(key);
}

}  // namespace remit::daemon
