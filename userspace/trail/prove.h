// Proofs that one line is under a checkpoint, for whoever has the checkpoint and not the trail. Used by cli/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "trail/merkle.h"

namespace remit::trail {

struct Proof {
    uint64_t seq = 0;
    std::string line;          // whose leaf hash is what is proved
    std::vector<Digest> path;  // RFC 6962 audit path, the one next to the leaf first
    std::string note;          // the checkpoint
};

// Of the trail in a folder, by its first checkpoint behind the line, or the one of `size` lines. Constant memory; reads the trail twice.
// Where the oldest segments were let go, lines behind the first checkpoint that is kept can be proved. kMissing: no such line, one before
// that, or no checkpoint is behind it.
Result<Proof> prove(const std::string& folder, uint64_t seq, std::optional<uint64_t> size);
// C2SP tlog-proof.
std::string proof_text(const Proof& proof);
// The note of the last checkpoint in a folder.
Result<std::string> last_checkpoint(const std::string& folder);

}  // namespace remit::trail
