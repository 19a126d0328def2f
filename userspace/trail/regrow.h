// The tree where a restarted writer goes on: from the last checkpoint that its own keys signed and the lines behind it, so that only the
// end of the trail is read. Used within trail/.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "trail/merkle.h"
#include "trail/note.h"

namespace remit::trail {

struct Grown {
    Frontier tree;                // over all whole lines
    uint64_t checkpoint_seq = 0;  // behind the last checkpoint
};

// A checkpoint that does not fit is passed over, and the tree is grown from further back: from the very first line, where there is no
// other.
Result<Grown> regrow(const std::string& folder, std::span<const VerifierKey> keys);

}  // namespace remit::trail
