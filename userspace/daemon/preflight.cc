#include "daemon/preflight.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "session/cgroup.h"

namespace remit::daemon {

namespace {

// A session takes one or two descriptors, a keeper one; identifying programs opens 256 at a time.
constexpr rlim_t kDescriptors = 65536;
// Continuous work at real-time priority, in µs: beyond the first it goes on at the common priority, beyond the second it is ended.
constexpr rlim_t kRealTimeUs = 200'000;
constexpr rlim_t kRealTimeEndUs = 30'000'000;

// Too long at real-time priority: starve nobody. Only a system call, as a signal handler must.
void give_up_priority(int) {
    sched_param common{};
    ::sched_setscheduler(0, SCHED_OTHER, &common);
}

bool take_priority() {
    struct sigaction action {};
    action.sa_handler = give_up_priority;
    action.sa_flags = SA_RESTART;
    const rlimit limit{kRealTimeUs, kRealTimeEndUs};
    if (::sigaction(SIGXCPU, &action, nullptr) != 0 || ::setrlimit(RLIMIT_RTTIME, &limit) != 0) return false;
    sched_param lowest{};
    lowest.sched_priority = 1;
    return ::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) == 0;
}

}  // namespace

Result<void> prepare(Options& options) {
    if (::geteuid() != 0) return Error{Code::kNotPermitted, "remitd must run as root", "sudo remitd, or systemctl start remitd"};
    if (options.cgroup_root.empty()) {
        auto mount = session::find_cgroup2_mount();
        if (!mount) return std::move(mount).error();
        options.cgroup_root = *std::move(mount);
    }
    char real[PATH_MAX];
    if (!::realpath(options.cgroup_root.c_str(), real) || !session::cgroup_exists(real)) {
        // The root of the hierarchy has a cgroup.procs too, so that this holds for every folder of it and for no other.
        return Error{Code::kMissing, "--cgroup-root " + options.cgroup_root + " is no folder of a cgroup v2 hierarchy",
                     "name one, or leave the option out"};
    }
    options.cgroup_root = real;
    for (const std::string& folder : {options.state_dir, options.run_dir, options.log_dir}) {
        if (auto made = make_folders(folder, 0755); !made) return made;
    }
    return {};
}

Result<Fd> lock_run_dir(const std::string& run_dir) {
    const std::string path = run_dir + "/remitd.lock";
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) return errno_error("open", path);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return errno_error("lock", path);
        return Error{Code::kUnavailable, "another remitd runs with --run-dir " + run_dir, "stop it, or name another --run-dir"};
    }
    return fd;
}

std::string raise_limits() {
    std::string missed;
    const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_MEMLOCK, &unlimited) != 0) missed += "locked memory; ";  // counted for maps before 5.11 only
    rlimit descriptors{};
    ::getrlimit(RLIMIT_NOFILE, &descriptors);
    if (descriptors.rlim_cur < kDescriptors) {
        const rlimit wanted{kDescriptors, std::max(descriptors.rlim_max, kDescriptors)};
        if (::setrlimit(RLIMIT_NOFILE, &wanted) != 0) missed += "descriptors; ";
    }
    if (!take_priority()) missed += "real-time priority; ";
    if (!missed.empty()) missed.resize(missed.size() - 2);
    return missed;
}

}  // namespace remit::daemon
