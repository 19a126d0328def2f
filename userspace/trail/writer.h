// Writes the trail: one thread behind a bounded queue, one chain over all segments, on disk within 50 ms. Owned by the daemon; submit(),
// drain() and status() are its epoll thread's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "trail/archive.h"
#include "trail/note.h"
#include "trail/record.h"

namespace remit::trail {

struct WriterOptions {
    std::string folder;  // <log-dir>/trail, made where it is missing
    std::string host;
    std::string boot;  // id of this boot
    uint64_t segment_bytes = uint64_t{64} << 20;
    uint64_t segment_ns = 0;  // a segment that is so old ends; 0: however old
    Keep keep{};
    // What one session's crossings may take of the disk in an hour; then they are refused until the next, but for first refusals. 0: all.
    uint64_t session_bytes = 0;
    // Signs a checkpoint after every 1,024 lines, after 10 s in which some were written, at a segment's end and at the last. None: no
    // checkpoints.
    std::optional<Signer> signer = std::nullopt;
    // Crossings that may wait: 160 ms of 100,000 a second; the disk may be slow for so long. Lifecycle and gaps have kReserve more.
    size_t queue_records = 16384;
};

// What was found at the end of the trail when it was opened.
struct Recovery {
    uint64_t next_seq = 0;
    uint64_t torn_bytes = 0;  // cut off: a line that a crash had left half-written; its crossing becomes a gap
    std::string torn_file;
    bool new_boot = true;  // the last line is of another boot, or there is none
};

struct WriterStatus {
    // A write or sync failed, and there was not room again since (a short line may still fit on a full disk); what cannot be written is
    // handed to on_lost.
    bool failed = false;
    std::string error;  // of the last failure, kept after it is over
    uint64_t next_seq = 0;
    uint64_t queued = 0;      // records that wait now
    uint64_t refused = 0;     // records for which the queue had no room
    uint64_t over_quota = 0;  // crossings of sessions that had used their share up
    uint64_t lost = 0;        // records that could not be written
    std::string file;
    std::string archive_error;  // segments are not compressed or let go as they should be; empty: they are
};

class Writer {
public:
    static constexpr size_t kReserve = 1024;

    // Cuts a torn last line off and goes on with the chain. Fails where another process writes here.
    static Result<std::unique_ptr<Writer>> open(WriterOptions options);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  // writes and syncs what was submitted

    const Recovery& recovery() const;

    // False: no room, or the session has used its share up; counted, and the crossing's numbers must be unclaimed. boot_ns 0 becomes now.
    bool submit(Record record);
    // Waits until all that was submitted is on disk.
    Result<void> flush();

    // Readable while drain() has something or `failed` changed: failures always, written lines while they are watched.
    int ready_fd() const;
    void watch(bool on);
    using OnWritten = std::function<void(const Record&, const std::string& line)>;
    using OnLost = std::function<void(const Record&)>;
    // Lost crossings and gaps are to be unclaimed, a lost `hooks` to be made anew. Lines that nobody drained in time are left out for the
    // watchers (the trail has them); losses never.
    void drain(const OnWritten& on_written, const OnLost& on_lost);

    WriterStatus status() const;

private:
    class Worker;
    Writer(std::unique_ptr<Worker> worker, const std::string& folder, const Keep& keep);
    std::unique_ptr<Worker> worker_;
    std::unique_ptr<Archive> archive_;  // behind the worker, which it speaks to
};

}  // namespace remit::trail
