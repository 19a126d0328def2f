// Addresses that a name out there has no business with: this host, its networks, and what leads to them. Pure; used by daemon/.
#pragma once

#include "names/message.h"

namespace remit::names {

// Loopback, private, link-local, shared (carrier NAT), multicast and reserved addresses, and IPv6 addresses that stand for one of these.
bool is_inner(const Address& address);

}  // namespace remit::names
