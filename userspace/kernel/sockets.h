// Walks and ends sockets of a network namespace by sock_diag(7). For kernel/ only.
#pragma once

#include <functional>
#include <vector>

#include "abi/policy.h"
#include "base/result.h"
#include "kernel/kernel.h"

namespace remit::kernel {

// Ends what `wanted` says of the stamps in socket storage map_fd; netns_fd -1: the caller's namespace. Returns how many were ended.
Result<int> destroy_stamped_sockets(int netns_fd, int map_fd, const std::function<bool(const remit_stamp&)>& wanted);

// TCP sockets with a stamp in map_fd that send from a port. sock_diag(7) gives no storage of UDP sockets.
Result<std::vector<StampedSocket>> stamped_connections_from(int netns_fd, int map_fd, uint16_t local_port);

}  // namespace remit::kernel
