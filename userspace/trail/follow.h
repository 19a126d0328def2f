// Reads a trail's lines from a place on while it is being written: over the ends of segments, their archiving and their going. A reader of
// the files and nothing else, so that who follows slows nobody. Used by cli/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "trail/lines.h"

namespace remit::trail {

// The hash of a line, which the next one gives as its prev.
std::string line_hash(std::string_view line);

class Follower {
public:
    // From the line `seq` of the trail in `folder` on.
    Follower(std::string folder, uint64_t seq) : folder_(std::move(folder)), next_(seq) {}

    // The next line, valid until the next call; nothing: it is not there yet, and the call may be made again.
    Result<std::optional<std::string_view>> next();
    // Of the line that next() gives next.
    uint64_t next_seq() const { return next_; }
    // Lines that were to be read and are not there: let go (retention) before, or missing.
    uint64_t missed() const { return missed_; }

private:
    Result<bool> open_segment();

    std::string folder_;
    uint64_t next_;
    uint64_t missed_ = 0;
    std::optional<LineSource> source_;
    bool looked_again_ = false;
    std::string file_;  // of source_, as it is named before it is archived
};

}  // namespace remit::trail
