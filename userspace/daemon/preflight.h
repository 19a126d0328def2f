// What must hold before the daemon starts, and what it asks of the host for itself. Used by daemon/service.h.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "daemon/options.h"

namespace remit::daemon {

// Root, folders, the cgroup root (found where none was named).
Result<void> prepare(Options& options);
// The lock that makes this the one daemon of run_dir; held while the descriptor is open.
Result<Fd> lock_run_dir(const std::string& run_dir);
// Locked memory for maps of older kernels, descriptors for sessions, a low real-time priority. Says what was not to be had; none of it
// is fatal.
std::string raise_limits();

}  // namespace remit::daemon
