// A checked policy as the kernel holds it. Usable by everyone above policy/.
#pragma once

#include "base/result.h"
#include "base/tables.h"
#include "policy/model.h"

namespace remit::policy {

// The kernel's maps are shared by all policies: one of them may take a part, not all.
inline constexpr size_t kMaxZones = REMIT_MAX_ZONES / 4;
inline constexpr size_t kMaxPorts = REMIT_MAX_PORTS / 8;

// Families hold a toolset for each (family, protocol) that some rule names; one with REMIT_ANY_PROTOCOL is for all protocols that have
// none. Fails when the tables would be larger than these bounds. Time and space grow about as n log n with the rules.
Result<Tables> compile(const Policy& policy);

// What the kernel finds for an endpoint or a listener, by the same two longest-prefix steps; empty when no tool covers it. For tests and
// simulation, of tables that compile made: zones are in the order of their addresses, ports of zone, protocol and port.
remit_toolset find_endpoint(const Tables& tables, const Target& target);

}  // namespace remit::policy
