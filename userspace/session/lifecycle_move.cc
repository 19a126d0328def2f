// What was moved across the border of a session's cgroup.
#include <signal.h>
#include <unistd.h>

#include "base/pidfd.h"
#include "session/cgroup.h"
#include "session/lifecycle.h"

namespace remit::session {

namespace {

bool lies_in(const std::string& folder, const std::string& cgroup) {
    return (folder + "/").starts_with(cgroup + "/");
}

}  // namespace

bool Lifecycle::kill_if_outside(pid_t pid) {
    Fd pidfd = open_pidfd(pid);
    if (!pidfd) return false;
    auto tag = kernel_.tag_of(pidfd.get());
    if (!tag || !tag->has_value()) return false;
    const Session* session = registry_.find_kernel_id((*tag)->session);
    if (!session || session->state == State::kDetached) return false;
    auto folder = cgroup_folder_of(pid);
    if (!folder || lies_in(*folder, session->cgroup)) return false;
    // By the descriptor whose tag was read: never another process under the same number.
    return send_signal(pidfd.get(), SIGKILL);
}

Result<std::string> Lifecycle::move_out_again(pid_t pid) {
    Fd pidfd = open_pidfd(pid);
    if (!pidfd) return std::string();  // gone
    auto tag = kernel_.tag_of(pidfd.get());
    if (!tag) return std::move(tag).error();
    if (!tag->has_value() || (*tag)->session != 0 || !((*tag)->flags & REMIT_KEPT_OUT)) return std::string();
    auto folder = cgroup_folder_of(pid);
    if (!folder) return std::string();
    const Session* session = nullptr;
    registry_.each([&](Session& each) {
        if (lies_in(*folder, each.cgroup)) session = &each;
    });
    if (!session) return std::string();  // moved by somebody else meanwhile
    const std::string parent = session->cgroup.substr(0, session->cgroup.rfind('/'));
    if (auto moved = move_process(parent, pid); !moved) return std::move(moved).error();
    (void)kernel_.untag_task(pidfd.get());  // its cgroup speaks for it again
    return parent;
}

}  // namespace remit::session
