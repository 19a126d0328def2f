// Proves from the files alone that a trail is whole: every line's hash in the line after, every seq, every segment, every checkpoint. Used
// by cli/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "trail/tree_check.h"

namespace remit::trail {

// The values are exit statuses (TRAIL.md).
enum class Verdict { kWhole = 0, kTampered = 1, kMalformed = 65, kSegmentMissing = 66 };

struct Verification {
    Verdict verdict = Verdict::kWhole;
    // Where it is not whole: the first bad line, in words, and the hashes where a hash is what is wrong.
    std::string file;
    uint64_t line = 0;
    std::string problem;
    std::string expected_hash;  // the one that the next line gives
    std::string found_hash;

    // Of the lines up to there.
    uint64_t records = 0;
    uint64_t segments = 0;
    uint64_t bytes = 0;
    uint64_t first_seq = 0, last_seq = 0;
    uint64_t pruned_lines = 0;  // before first_seq, which a segment_pruned says were let go
    std::string first_ts, last_ts;
    uint64_t crossings = 0;  // sum of the counts of final crossing records
    uint64_t gaps = 0;       // sum of the counts of audit_gap records
    uint64_t checkpoints = 0;
    uint64_t signed_lines = 0;  // under the last checkpoint that one of the keys signed
};

// A folder is one trail, from seq 0 on; the files among the paths are together one trail, from wherever they begin.
// A flipped byte in the very last line shows only where it breaks the line's form: nothing stands behind it.
Result<Verification> verify(const std::vector<std::string>& paths, const Witness& witness = {});

}  // namespace remit::trail
