// The seccomp filter of a run-session, as classic BPF: holds execve and execveat for the keeper, and lets sockets of judged families only
// be made. Pure; used by the launcher and by tests.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace remit::cli {

struct FilterOptions {
    bool hold = false;            // execve and execveat wait for the keeper
    bool families = false;        // socket() for TCP, UDP and unix sockets and NETLINK_ROUTE only; the rest: EPERM
    bool refuse_foreign = false;  // system calls of another ABI (32 bit, x32), which the two above do not see: EPERM
};

// Empty when there is nothing to filter.
std::vector<sock_filter> build_filter(const FilterOptions& options);

}  // namespace remit::cli
