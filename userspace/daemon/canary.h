// Proof that this kernel enforces: a process in a session that may do nothing tries to cross, and must be refused. Programs can load and
// attach without an error and still deny nothing (DESIGN §3.1). Used by daemon/service.h.
#pragma once

#include <functional>

#include "base/result.h"
#include "kernel/kernel.h"
#include "session/lifecycle.h"

namespace remit::daemon {

// dry_run: the crossings must have been judged, not refused. unix_judged: this kernel judges unix sockets. The canary's session comes back
// ended, to be recorded and taken away.
Result<session::Session*> run_canary(session::Lifecycle& sessions, bool dry_run, bool unix_judged,
                                     const std::function<void(const session::Session&)>& on_started);

}  // namespace remit::daemon
