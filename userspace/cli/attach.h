// Binding what runs already: the cgroup of `remit attach`, the container of `remit oci-hook`.
#pragma once

#include "cli/claims.h"

namespace remit::cli {

// One of cgroup, unit and pid.
struct AttachTarget {
    std::string cgroup{};  // a folder of the cgroup v2 tree
    std::string unit{};    // whose cgroup is meant
    int pid = 0;           // a process in the cgroup that is meant
    std::string root{};    // a folder of that process's root in which the policy's paths are read; empty: its root
};

// Asks the daemon, says what came of it; the exit status.
int attach(Cli& cli, const ClaimOptions& claims, const AttachTarget& target);

}  // namespace remit::cli
