// A checked policy as the kernel holds it. Usable by everyone above policy/.
#pragma once

#include "base/result.h"
#include "base/tables.h"
#include "policy/model.h"

namespace remit::policy {

// Fails when the tables would be larger than the kernel side's bounds (abi/limits.h). Time and space grow about as n log n with the rules.
Result<Tables> compile(const Policy& policy);

// What the kernel finds for an endpoint, by the same two longest-prefix steps; empty when no tool covers it. For tests and simulation.
remit_toolset find_endpoint(const Tables& tables, const Target& target);

}  // namespace remit::policy
