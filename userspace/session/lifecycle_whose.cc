// Which session a process is in, by its tag and its cgroup.
#include <unistd.h>

#include "base/pidfd.h"
#include "session/cgroup.h"
#include "session/lifecycle.h"

namespace remit::session {

bool Lifecycle::in_session(pid_t pid) {
    Fd pidfd = open_pidfd(pid);
    if (pidfd) {
        auto tag = kernel_.tag_of(pidfd.get());
        if (tag && tag->has_value()) {
            const Session* session = registry_.find_kernel_id((*tag)->session);
            if (session && session->state != State::kDetached) return true;
        }
    }
    auto folder = cgroup_folder_of(pid);
    return !folder || registry_.deepest_at(*folder) != nullptr;  // who cannot be placed is not trusted
}

bool Lifecycle::is_at(const Session& session, pid_t tid) {
    auto folder = cgroup_folder_of(tid);
    return folder && registry_.deepest_at(*folder) == &session;
}

Result<Session*> Lifecycle::session_of(int pidfd, pid_t pid) {
    const Error doubt{Code::kNotPermitted, "it cannot be told which session the caller is in", "start it inside one session only"};
    auto tag = kernel_.tag_of(pidfd);
    auto folder = cgroup_folder_of(pid);
    // What was read by number was the caller's if the caller is still there.
    if (!tag || !folder || !send_signal(pidfd, 0)) return doubt;
    const bool kept_out = tag->has_value() && ((*tag)->flags & REMIT_KEPT_OUT);
    Session* by_cgroup = kept_out ? nullptr : registry_.deepest_at(*folder);
    if (!tag->has_value() || (*tag)->session == 0) {
        if (by_cgroup) return by_cgroup;
        return Error{Code::kNotPermitted, "the caller is in no session", "run it by `remit run`, or ask the control socket as an operator"};
    }
    Session* by_tag = registry_.find_kernel_id((*tag)->session);
    if (!by_tag || by_tag->state == State::kDetached) return by_tag && by_cgroup ? Result<Session*>(by_cgroup) : doubt;
    if (by_cgroup && by_cgroup != by_tag) return doubt;
    return by_tag;
}

}  // namespace remit::session
