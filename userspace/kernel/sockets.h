// Walks and ends sockets of a network namespace by sock_diag(7). For kernel/ only.
#pragma once

#include <functional>
#include <vector>

#include "abi/socket.h"
#include "base/result.h"
#include "kernel/kernel.h"

namespace remit::kernel {

// Ends what `wanted` says of the stamps in socket storage map_fd; netns_fd -1: the caller's namespace. Returns how many were ended.
Result<int> destroy_stamped_sockets(int netns_fd, int map_fd, const std::function<bool(const remit_stamp&)>& wanted);

// Sockets of sessions that send from a port: TCP sockets by their stamp in map_fd, UDP sockets, whose storage sock_diag(7) does not give,
// by the iterator of datagrams_link.
Result<std::vector<remit_open_socket>> stamped_sockets_from(int netns_fd, int map_fd, int datagrams_link, uint16_t local_port);

}  // namespace remit::kernel
