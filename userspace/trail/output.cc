#include "trail/output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"
#include "base/file.h"
#include "trail/checkpoint.h"
#include "trail/regrow.h"

namespace remit::trail {

Result<Output> Output::open(const std::string& folder, uint64_t segment_bytes, uint64_t segment_ns, std::span<const VerifierKey> keys) {
    Output output;
    output.folder_ = folder;
    output.segment_bytes_ = segment_bytes;
    output.segment_ns_ = segment_ns;
    if (auto made = make_folders(folder, 0750); !made) return std::move(made).error();
    output.lock_ = Fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!output.lock_) return errno_error("open folder", folder);
    if (flock(output.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return errno_error("lock", folder);
        return Error{Code::kRefused, "lock " + folder + ": another daemon writes this trail", "give each daemon its own --log-dir"};
    }
    auto tail = read_tail(folder);
    if (!tail) return std::move(tail).error();
    output.found_ = *tail;
    output.next_seq_ = output.written_seq_ = tail->next_seq;
    output.prev_ = output.written_prev_ = tail->prev;
    if (tail->segment.path.empty()) return output;
    if (!tail->segment.path.ends_with(kCompressed)) {  // one that is archived is not written on
        if (auto gone_on = output.go_on(*tail); !gone_on) return std::move(gone_on).error();
    }
    if (keys.empty()) return output;  // nothing will be signed
    auto grown = regrow(folder, keys);
    if (!grown) return std::move(grown).error();
    output.tree_ = output.written_tree_ = grown->tree;
    output.checkpoint_seq_ = output.written_checkpoint_seq_ = grown->checkpoint_seq;
    return output;
}

Result<void> Output::go_on(const Tail& tail) {
    file_ = tail.segment.path;
    fd_ = Fd(::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!fd_) return errno_error("open", file_);
    size_ = tail.whole_bytes;
    started_ns_ = segment_start(file_);
    part_written_ = tail.torn_bytes > 0;
    return take_back();
}

size_t Output::add(const Record& record, uint64_t boot_time_at, std::string_view host, std::string_view boot) {
    const size_t begin = buffer_.size();
    append_line(buffer_, record, {next_seq_, prev_, boot_time_at, host, boot});
    const Digest leaf = chain_.leaf(std::string_view(buffer_).substr(begin));
    tree_.add(leaf);
    prev_.clear();
    append_hex(prev_, leaf);
    buffer_ += '\n';
    ++next_seq_;
    return begin;
}

Result<void> Output::add_checkpoint(const Signer& signer, uint64_t boot_time_at, std::string_view host, std::string_view boot) {
    auto tree = signed_tree(tree_, signer);
    if (!tree) return std::move(tree).error();
    Record record;
    record.kind = Kind::kCheckpoint;
    record.boot_ns = boot_ns();
    record.tree = std::make_shared<SignedTree>(*std::move(tree));
    closing_ = full();
    add(record, boot_time_at, host, boot);
    checkpoint_seq_ = next_seq_;
    return {};
}

// A new segment for the lines that wait in the buffer.
Result<void> Output::rotate() {
    if (fd_) {
        if (auto synced = sync(); !synced) return synced;
        (void)!ftruncate(fd_.get(), off_t(size_));  // what was reserved and is not needed
    }
    const uint64_t now = wall_ns();
    const std::string path = folder_ + "/" + segment_name(now, written_seq_);
    Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!fd) return errno_error("create", path);
    if (auto synced = sync_folder(folder_); !synced) {
        unlink(path.c_str());
        return synced;
    }
    fd_ = std::move(fd);
    file_ = path;
    size_ = 0;
    started_ns_ = now;
    old_ = false;
    return {};
}

Result<void> Output::take_back() {
    if (!part_written_) return {};
    if (ftruncate(fd_.get(), off_t(size_)) != 0) return errno_error("cut a partial line off", file_);
    part_written_ = false;
    return {};
}

Result<void> Output::append() {
    if (auto taken = take_back(); !taken) return taken;
    if (!fd_ || (full() && !closing_))
        if (auto rotated = rotate(); !rotated) return rotated;
    part_written_ = true;
    if (auto written = write_all(fd_.get(), buffer_, file_); !written) return written;
    part_written_ = false;
    size_ += buffer_.size();
    return {};
}

Result<void> Output::write_pending() {
    if (buffer_.empty()) return {};
    auto appended = append();
    if (appended) {
        written_seq_ = next_seq_;
        written_prev_ = prev_;
        written_tree_ = tree_;
        written_checkpoint_seq_ = checkpoint_seq_;
        unsynced_ = true;
        const uint64_t now = wall_ns();
        old_ = segment_ns_ != 0 && now > started_ns_ && now - started_ns_ >= segment_ns_;
    } else {
        (void)take_back();  // tried again before the next write
        next_seq_ = written_seq_;
        prev_ = written_prev_;
        tree_ = written_tree_;
        checkpoint_seq_ = written_checkpoint_seq_;
    }
    closing_ = false;
    buffer_.clear();
    return appended;
}

Result<void> Output::sync() {
    if (!unsynced_) return {};
    if (fdatasync(fd_.get()) != 0) return errno_error("sync", file_);
    unsynced_ = false;
    return {};
}

Result<void> Output::reserve(uint64_t bytes) {
    if (fd_) {
        if (fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, off_t(size_), off_t(bytes)) == 0) return {};
        if (errno != EOPNOTSUPP && errno != ENOSYS) {
            auto failed = errno_error("take room in", file_);
            (void)!ftruncate(fd_.get(), off_t(size_));  // what was had of it
            return failed;
        }
    }
    // No segment yet, or a file system that knows no reservations.
    struct statvfs room {};
    if (statvfs(folder_.c_str(), &room) != 0) return errno_error("look for room in", folder_);
    if (room.f_bfree * room.f_frsize >= bytes) return {};
    errno = ENOSPC;
    return errno_error("find room in", folder_);
}

}  // namespace remit::trail
