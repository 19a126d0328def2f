// The seccomp filter of a run-session, as classic BPF: holds execve and execveat for the keeper and, in the base tier, refuses what no
// program there sees. Pure; used by the launcher and by tests.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace remit::cli {

struct FilterOptions {
    bool hold = false;               // execve and execveat wait for the keeper, and what changes where paths lead
    bool families = false;           // socket() for TCP, UDP and unix sockets and NETLINK_ROUTE only; the rest: EPERM
    bool refuse_foreign = false;     // system calls of another ABI (32 bit, x32), which the other rules do not see: EPERM
    bool confine = false;            // no way round the programs of the base tier: see the rules in filter.cc
    bool refuse_namespaces = false;  // no user namespace, no namespace of somebody else
    bool refuse_unix = false;        // with families: no unix sockets either; socketpair() stays
};

// Empty when there is nothing to filter.
std::vector<sock_filter> build_filter(const FilterOptions& options);

}  // namespace remit::cli
