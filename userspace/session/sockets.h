// Ends a session's sockets in the network namespaces of its processes: a courtesy after the kernel already drops their packets, so that
// programs hear of it at once. Used by session/lifecycle.h.
#pragma once

#include "kernel/kernel.h"
#include "session/session.h"

namespace remit::session {

// Best effort. Returns how many sockets were ended.
int end_sockets(kernel::Kernel& kernel, const Session& session);

}  // namespace remit::session
