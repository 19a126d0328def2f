// The open segment, the chain's end and the tree's frontier: appends lines, syncs, rotates, and takes back what was written in part. Used
// by the writer's thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "trail/chain.h"
#include "trail/line.h"
#include "trail/merkle.h"
#include "trail/note.h"
#include "trail/segment.h"

namespace remit::trail {

class Output {
public:
    // Creates the folder (0750), locks it, cuts a torn line off. found() is what was there. A segment ends with the write by which it has
    // so many bytes or is so old. keys: whose checkpoints the tree may be taken up from; none: no tree is grown.
    static Result<Output> open(const std::string& folder, uint64_t segment_bytes, uint64_t segment_ns, std::span<const VerifierKey> keys);

    const Tail& found() const { return found_; }
    uint64_t next_seq() const { return next_seq_; }
    const std::string& file() const { return file_; }
    bool unsynced() const { return unsynced_; }

    // Puts a line into the buffer; returns where in pending() it begins (its line feed ends it).
    size_t add(const Record& record, uint64_t boot_time_at, std::string_view host, std::string_view boot);
    // The checkpoint of all lines before it; in a full segment it is the last line.
    Result<void> add_checkpoint(const Signer& signer, uint64_t boot_time_at, std::string_view host, std::string_view boot);
    uint64_t since_checkpoint() const { return next_seq_ - checkpoint_seq_; }  // lines that no checkpoint is behind
    bool full() const { return size_ > 0 && (size_ >= segment_bytes_ || old_); }
    const std::string& pending() const { return buffer_; }
    // Writes the buffer. On failure everything added since the last write is taken back: file, seq and chain stand as before it.
    Result<void> write_pending();
    Result<void> sync();
    // Takes room for so many bytes behind the last line, or fails where the disk has not got it.
    Result<void> reserve(uint64_t bytes);

private:
    Output() = default;
    Result<void> go_on(const Tail& tail);
    Result<void> rotate();
    Result<void> append();
    Result<void> take_back();

    std::string folder_;
    uint64_t segment_bytes_ = 0;
    uint64_t segment_ns_ = 0;
    Tail found_;
    Fd lock_;
    Fd fd_;
    std::string file_;
    uint64_t size_ = 0;        // of whole, written lines in the open segment
    uint64_t started_ns_ = 0;  // the open segment, in wall time
    bool old_ = false;         // looked at after each write, so that a checkpoint can still end the segment
    bool part_written_ = false;
    bool unsynced_ = false;
    Chain chain_;
    std::string buffer_;
    uint64_t next_seq_ = 0;
    std::string prev_;
    Frontier tree_;
    uint64_t checkpoint_seq_ = 0;  // behind the last checkpoint
    bool closing_ = false;         // the buffer holds the last line of its segment
    uint64_t written_seq_ = 0;     // next_seq_, prev_, tree_ and checkpoint_seq_ at the last write
    std::string written_prev_;
    Frontier written_tree_;
    uint64_t written_checkpoint_seq_ = 0;
};

}  // namespace remit::trail
