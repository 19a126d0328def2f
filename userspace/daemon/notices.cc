#include "daemon/notices.h"

#include <unistd.h>

#include <array>
#include <climits>

namespace remit::daemon {

namespace {

// Sessions × kinds that are told apart; beyond it a notice stands alone. A session has at most REMIT_TOUCHES + REMIT_MOVES of them.
constexpr size_t kMaxFolded = 65536;
// After a minute without another one the next is a first one again.
constexpr uint64_t kForgottenAfter = 60;

// For people: the process may be gone, and its number another's.
std::string program_path_of(uint32_t pid) {
    if (pid == 0) return {};
    std::array<char, PATH_MAX> path;
    const ssize_t length = ::readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), path.data(), path.size());
    return length > 0 ? std::string(path.data(), static_cast<size_t>(length)) : std::string();
}

// An operator's acts stand each by itself.
bool folds(const remit_event& event) {
    return event.crossing != REMIT_MOVED || event.type != REMIT_MOVED_OUT;
}

}  // namespace

void Notices::on_event(const remit_event& event) {
    if (!is_sound(event)) return recorder_.count_unsound();
    const std::string why = follow_up(event);
    const Key key{event.session, uint32_t{event.crossing} << 16 | event.type};
    auto at = folded_.find(key);
    if (at != folded_.end() && folds(event)) {
        Folded& folded = at->second;
        folded.count++;
        folded.last = event;
        folded.why = why;
        return;
    }
    if (folds(event) && folded_.size() < kMaxFolded) folded_.try_emplace(key);
    recorder_.notice(event, 1, program_path_of(event.peer_pid), why);
}

void Notices::on_time() {
    for (auto at = folded_.begin(); at != folded_.end();) {
        Folded& folded = at->second;
        if (folded.count != 0) {
            recorder_.notice(folded.last, folded.count, program_path_of(folded.last.peer_pid), folded.why);
            folded = {};
        } else if (++folded.quiet >= kForgottenAfter) {
            at = folded_.erase(at);
            continue;
        }
        ++at;
    }
}

// The kernel killed who did it; what was moved is this daemon's to deal with. In audit nothing was refused, and nothing is done.
std::string Notices::follow_up(const remit_event& event) {
    if (event.crossing != REMIT_MOVED || event.effect != REMIT_KILLED) return {};
    const auto pid = static_cast<pid_t>(event.peer_pid);
    if (event.type == REMIT_LEFT) return sessions_.kill_if_outside(pid) ? "what left is killed too" : "";
    if (event.type != REMIT_PULLED_IN) return {};
    auto out = sessions_.move_out_again(pid);
    if (!out) return "it could not be moved out again: " + out.error().message;
    return out->empty() ? std::string() : "moved out again, to " + *out;
}

}  // namespace remit::daemon
