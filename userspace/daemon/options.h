// What the daemon is told on its command line and in its configuration file, and what follows from both. Used by remitd_main.cc and
// daemon/service.h.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "session/installed.h"
#include "trail/writer.h"

namespace remit::daemon {

struct Options {
    std::string state_dir = "/var/lib/remit";
    std::string run_dir = "/run/remit";
    std::string log_dir = "/var/log/remit";
    std::string cgroup_root;  // empty: where cgroup v2 is mounted
    std::string bpffs = "/sys/fs/bpf/remit";
    std::string config;  // empty: none was read
    std::string policy_dir = session::kDefaultPolicyDir;
    std::string tier = "auto";   // base, lsm, auto
    std::string metrics_listen;  // "127.0.0.1:9464" beside <run-dir>/metrics.sock; empty: only that
    std::string resolver;        // ADDRESS:PORT that names are asked of; empty: the host's own, as in /etc/resolv.conf
    trail::WriterOptions trail;  // how its files are kept; the rest is the service's
    uint32_t mark_base = 0;      // SO_MARK of sessions' sockets is base | (slot & mask); mask 0: they are not marked
    uint32_t mark_mask = 0;
    bool foreground = false;
    bool dry_run = false;
};

// Nothing: --help or --version was answered. Errors are kUsage, and were said.
Result<std::optional<Options>> read_options(int argc, char** argv);

}  // namespace remit::daemon
