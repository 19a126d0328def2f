// What no session may touch of the daemon's own: its folders, pins, binary, configuration and socket. Used by daemon/service.h.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "daemon/options.h"
#include "kernel/kernel.h"

namespace remit::daemon {

// By inode, of what exists now. The control socket too, where it is there. listens: this daemon's sockets are, and sessions may reach the
// one that is for them; in the base tier only where nobody but root can put another at its path.
Result<void> guard_own(kernel::Kernel& kernel, const Options& options, bool listens);

// With the folders above each path (enum remit_guarded), on the way as it is written and on the real one.
std::map<std::string, uint32_t> with_folders_above(const std::map<std::string, uint32_t>& paths);

// The folder at which the bpffs that holds this folder is mounted; empty where it is on no bpffs. Follows mounts upwards only.
std::string bpffs_mount_of(const std::string& folder);

}  // namespace remit::daemon
