// Hears of cgroups that become empty or are removed (inotify). Owned by daemon/lives.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "base/fd.h"
#include "base/result.h"

namespace remit::daemon {

class CgroupWatch {
public:
    static Result<CgroupWatch> make();

    int fd() const { return inotify_.get(); }
    // Key is told when the folder empties or fills, or when it is removed.
    Result<void> add(uint64_t key, const std::string& cgroup);
    void remove(uint64_t key);
    // The descriptor is readable. overflow: anything may have changed.
    void read(const std::function<void(uint64_t key)>& on_change, const std::function<void()>& overflow);

private:
    explicit CgroupWatch(Fd inotify) : inotify_(std::move(inotify)) {}
    Result<void> add_watch(uint64_t key, const std::string& path, uint32_t mask);

    Fd inotify_;
    std::unordered_map<int, std::unordered_set<uint64_t>> keys_;  // by watch; sessions side by side share their parent's
};

}  // namespace remit::daemon
