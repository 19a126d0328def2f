// What the kernel tells beside crossings: tasks that left their session's cgroup or were pulled into it, and attempts on Remit, the host or
// another's processes. Follows them up and records them; a flood of them is folded. Owned by daemon/service.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "abi/event.h"
#include "daemon/recorder.h"
#include "session/lifecycle.h"

namespace remit::daemon {

class Notices {
public:
    Notices(session::Lifecycle& sessions, Recorder& recorder) : sessions_(sessions), recorder_(recorder) {}

    void on_event(const remit_event& event);
    // Once a second: what came since the last time is written, one record a session and kind.
    void on_time();

private:
    // Of one session and kind: the first stands alone, later ones are counted until the second is over.
    struct Folded {
        uint64_t count = 0;  // not written yet
        uint64_t quiet = 0;  // seconds in which none came
        remit_event last{};
        std::string why;
    };
    // Kernel id of the session; crossing and type of the event.
    using Key = std::pair<uint64_t, uint32_t>;

    std::string follow_up(const remit_event& event);

    session::Lifecycle& sessions_;
    Recorder& recorder_;
    std::map<Key, Folded> folded_;
};

}  // namespace remit::daemon
