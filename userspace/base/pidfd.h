// A process by descriptor, which never means another one as its number may. Usable everywhere.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/fd.h"

namespace remit {

// Invalid, with errno, where there is no such process: ESRCH; or for the number of a thread: EINVAL.
inline Fd open_pidfd(pid_t pid) {
    return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// A thread too, from kernel 6.9 on (PIDFD_THREAD).
inline Fd open_pidfd_of_thread(pid_t tid) {
    constexpr unsigned kPidfdThread = 0200;
    Fd pidfd = open_pidfd(tid);
    if (!pidfd) pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, tid, kPidfdThread)));
    return pidfd;
}

// 0: none is sent, but is it there? false, with errno.
inline bool send_signal(int pidfd, int signal) {
    return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
}

}  // namespace remit
