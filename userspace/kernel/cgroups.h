// Ids, depths and handles of cgroup v2 folders. For kernel/ only.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace remit::kernel {

// How deep below the hierarchy's root the cgroup with this id lies; the root is 0. anywhere: a folder of the same hierarchy.
Result<uint32_t> cgroup_level(const std::string& anywhere, uint64_t id);

// The folder of a cgroup by its id: open, and as a path. errno is ESTALE or ENOENT for one that is gone.
Result<Fd> open_cgroup(const std::string& anywhere, uint64_t id);
Result<std::string> path_of_id(const std::string& anywhere, uint64_t id);

}  // namespace remit::kernel
