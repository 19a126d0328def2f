// What is asked of attach globs before their policies are installed: the daemon's own cgroup, and what else is installed.
#pragma once

#include <string>
#include <vector>

#include "cli/good_policy.h"

namespace remit::cli {

// kBadData where a glob and one of another policy, installed or to be, mean the same cgroups; kNotPermitted where one means the cgroups
// that pid 1 or the daemon (where it runs) lives in.
Result<void> check_globs(const Cli& cli, const std::vector<GoodPolicy>& policies, const std::string& folder);

// Has the daemon look at once at what was installed, where it runs; what it says against it.
std::vector<std::string> tell_daemon(const Cli& cli);

}  // namespace remit::cli
