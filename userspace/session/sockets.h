// Ends a session's sockets in the network namespaces of its processes: a courtesy after the kernel already drops their packets, so that
// programs hear of it at once. Used by session/lifecycle.h.
#pragma once

#include <functional>

#include "kernel/kernel.h"
#include "session/session.h"

namespace remit::session {

// Best effort: those of the session's whose stamp is wanted. Returns how many sockets were ended.
int end_sockets(kernel::Kernel& kernel, const Session& session, const std::function<bool(const remit_stamp&)>& wanted);

}  // namespace remit::session
