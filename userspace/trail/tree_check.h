// Checks a trail's checkpoints against its lines while they stream by, and one checkpoint that was kept elsewhere. Used by trail/verify.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trail/merkle.h"
#include "trail/note.h"

namespace remit::trail {

// What a trail is held against beside its own chain.
struct Witness {
    std::vector<VerifierKey> keys;  // who may sign; none: signatures are not looked at
    std::optional<Checkpoint> kept;
};

class TreeCheck {
public:
    explicit TreeCheck(const Witness& witness) : witness_(witness) {}

    // The next line, with its place and leaf hash; the first one may be any. What is wrong in words; empty: nothing.
    std::string add(uint64_t seq, std::string_view line, const Digest& leaf);
    // Behind the last line.
    std::string finish() const;

    uint64_t checkpoints() const { return checkpoints_; }
    // Lines under the last checkpoint that one of the keys signed.
    uint64_t signed_lines() const { return signed_lines_; }

private:
    std::string check_checkpoint(uint64_t seq, std::string_view line);
    std::string check_kept(uint64_t size) const;

    const Witness& witness_;
    std::optional<Frontier> tree_;  // nothing yet: the trail began in the middle, and no checkpoint told how it stood
    uint64_t checkpoints_ = 0;
    uint64_t signed_lines_ = 0;
};

}  // namespace remit::trail
