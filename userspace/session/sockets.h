// Sessions' sockets in the network namespaces of their processes: finds them, and ends them, a courtesy after the kernel already drops
// their packets, so that programs hear of it at once. Used by session/lifecycle.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "session/session.h"

namespace remit::session {

// Best effort: those of the session's whose stamp is wanted. Returns how many sockets were ended.
int end_sockets(kernel::Kernel& kernel, const Session& session, const std::function<bool(const remit_stamp&)>& wanted);
// TCP sockets that send from a port, of sessions in these cgroups, and in the daemon's own network namespace. What cannot be entered is
// left out.
std::vector<remit_open_socket> find_sockets(kernel::Kernel& kernel, const std::vector<std::string>& cgroups, uint16_t local_port);

}  // namespace remit::session
