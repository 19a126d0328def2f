// Network namespaces of processes, and sockets in them. Used by daemon/resolver.h.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "names/server.h"

namespace remit::daemon {

// Inode of the namespace that the process is in; 0: it is gone.
uint64_t network_of(pid_t pid);
// Opens the resolver's sockets there, as open_sockets() does here; number: the namespace that is meant, should the process have left it.
Result<names::Sockets> open_sockets_in(pid_t pid, uint64_t number, uint16_t port);

}  // namespace remit::daemon
