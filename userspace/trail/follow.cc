#include "trail/follow.h"

#include <utility>
#include <vector>

#include "trail/chain.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

std::string plain_name(std::string path) {
    if (path.ends_with(kCompressed)) path.resize(path.size() - kCompressed.size());
    return path;
}

}  // namespace

std::string line_hash(std::string_view line) {
    return chain_hash(line);
}

// Turns to the segment that holds the wanted line. False: that is the one which is open, or there is none yet.
Result<bool> Follower::open_segment() {
    auto segments = list_segments(folder_);
    if (!segments) return std::move(segments).error();
    if (segments->empty()) return false;
    size_t at = 0;
    while (at + 1 < segments->size() && (*segments)[at + 1].first_seq <= next_) at++;
    const Segment& found = (*segments)[at];
    if (source_ && plain_name(found.path) == file_) {
        if (at + 1 == segments->size()) return false;
        // It ended before the next one was begun, and may have grown since it was read to its end; then its lines are missing.
        if (std::exchange(looked_again_, true)) {
            missed_ += (*segments)[at + 1].first_seq - next_;
            next_ = (*segments)[at + 1].first_seq;
        }
        return true;
    }
    looked_again_ = false;
    auto source = LineSource::open(found.path);
    if (!source) return std::move(source).error();
    if (found.first_seq > next_) {
        missed_ += found.first_seq - next_;
        next_ = found.first_seq;
    }
    source_ = *std::move(source);
    file_ = plain_name(found.path);
    return true;
}

Result<std::optional<std::string_view>> Follower::next() {
    for (;;) {
        std::string_view line;
        auto more = source_ ? source_->next(line) : Result<bool>(false);
        if (!more) return std::move(more).error();
        if (!*more) {
            auto opened = open_segment();
            if (!opened) return std::move(opened).error();
            if (!*opened) return std::optional<std::string_view>();
            continue;
        }
        Head head;
        if (!parse_head(line, head))
            return Error{Code::kBadData, file_ + ":" + std::to_string(source_->number()) + ": no record of a trail",
                         "`remit trail verify` says what happened to it"};
        if (head.seq < next_) continue;
        next_ = head.seq + 1;
        return std::optional<std::string_view>(line);
    }
}

}  // namespace remit::trail
