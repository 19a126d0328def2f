// What becomes of segments that are written no more: all but the newest closed one are compressed, and the oldest are let go where the
// operator said how much is kept. A thread of its own, so that the writer never waits for it. Owned by trail/writer.h.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"
#include "trail/record.h"

namespace remit::trail {

// 0: without limit.
struct Keep {
    uint64_t bytes = 0;   // of all segments together
    uint64_t age_ns = 0;  // since the last line of a segment
};

class Archive {
public:
    // Writes that a segment is let go, and returns when that is on disk.
    using Announce = std::function<Result<void>(const PrunedSegment&)>;

    Archive(std::string folder, Keep keep, Announce announce);
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;
    ~Archive();

    // Of the last round; empty: it went well.
    std::string error() const;

private:
    void run();
    Result<void> look();
    Result<void> compress_closed() const;
    Result<std::optional<PrunedSegment>> surplus(uint64_t now_ns) const;

    const std::string folder_;
    const Keep keep_;
    const Announce announce_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    bool stop_ = false;
    std::string error_;
    std::thread thread_;  // last: it uses the rest
};

}  // namespace remit::trail
