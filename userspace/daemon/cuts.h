// Sockets that a mark cut: the kernel lets none of their packets through any more, with or without a daemon. Here they are ended as a
// courtesy, and recorded with how long it took. Owned by daemon/service.h.
#pragma once

#include "daemon/lives.h"
#include "daemon/recorder.h"
#include "session/lifecycle.h"

namespace remit::daemon {

class Cuts {
public:
    Cuts(session::Lifecycle& sessions, Recorder& recorder, Lives& lives) : sessions_(sessions), recorder_(recorder), lives_(lives) {}

    // A final crossing, already recorded.
    void on_event(const remit_event& event);

private:
    // seen: the topmost of the session's line, which has seen what any of it has.
    void cut(session::Session& session, const remit_session& seen, uint64_t gained_ns);

    session::Lifecycle& sessions_;
    Recorder& recorder_;
    Lives& lives_;
};

}  // namespace remit::daemon
