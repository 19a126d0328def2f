// Where a restarted daemon goes on with the kernel's numbers: the last `hooks` record and what stands behind it. Used by daemon/.
#pragma once

#include <string>

#include "base/result.h"
#include "trail/gaps.h"

namespace remit::trail {

// Brings the ledger to the state of the trail in `folder`. False: there is no `hooks` record under this boot id, so that the kernel's
// counts cannot be older than the daemon's; the ledger is empty then. Call it only when the kernel's pins were adopted.
Result<bool> resume(const std::string& folder, std::string_view boot, uint64_t now_ns, Ledger& ledger);

}  // namespace remit::trail
