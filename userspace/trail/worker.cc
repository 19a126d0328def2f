#include "trail/worker.h"

#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

namespace remit::trail {
namespace {

using std::chrono::milliseconds;

// Records are gathered this long, then written; what is written is synced this much later at most: together within 50 ms (DESIGN §8).
constexpr milliseconds kGather{10};
constexpr milliseconds kSyncAfter{35};
// A sync that failed is tried again after this long; without it a broken disk would be asked in a tight loop.
constexpr milliseconds kSyncAgain{1000};
constexpr size_t kMostGathered = 4096;
// Bytes of one write: what is lost together when a write fails.
constexpr size_t kChunkBytes = size_t{256} << 10;
// DESIGN §8: a checkpoint after so many lines, or so long after the first of them.
constexpr uint64_t kCheckpointLines = 1024;
constexpr std::chrono::seconds kCheckpointAfter{10};
// Lines that wait for watchers; about 8 MiB.
constexpr size_t kMostWritten = 4096;

}  // namespace

Writer::Worker::Worker(WriterOptions options, Output output, Fd ready)
    : options_(std::move(options)), output_(std::move(output)), ready_(std::move(ready)), quota_(options_.session_bytes) {
    const Tail& found = output_.found();
    recovery_ = {found.next_seq, found.torn_bytes, found.torn_bytes > 0 ? found.segment.path : "", found.boot != options_.boot};
    status_.next_seq = found.next_seq;
    status_.file = output_.file();
    if (auto room = output_.reserve(kChunkBytes); !room) {
        status_.failed = no_room_ = true;
        status_.error = room.error().message;
    }
    // Signals are the epoll thread's.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "remit-trail");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Writer::Worker::~Worker() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

bool Writer::Worker::submit(Record record) {
    if (record.boot_ns == 0) record.boot_ns = boot_ns();
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        const size_t room = options_.queue_records + (record.kind == Kind::kCrossing ? 0 : kReserve);
        if (queue_.size() >= room) {
            ++status_.refused;
            return false;
        }
        if (record.kind == Kind::kCrossing && !record.synced && record.session && !quota_.admits(record.session->id, boot_ns())) {
            ++status_.over_quota;
            return false;
        }
        urgent_ |= record.synced;
        wake = queue_.empty() || urgent_ || queue_.size() + 1 == kMostGathered;
        queue_.push_back({std::move(record), failures_seen_});
        ++submitted_;
    }
    if (wake) wake_.notify_one();
    return true;
}

Result<void> Writer::Worker::flush() {
    std::unique_lock lock(mutex_);
    const uint64_t wanted = submitted_;
    urgent_ = true;
    wake_.notify_one();
    done_.wait(lock, [&] { return done_through_ >= wanted && !urgent_; });
    if (status_.failed) return Error{Code::kInternal, status_.error, "free space on the file system of the trail, then try again"};
    return {};
}

void Writer::Worker::drain(const OnWritten& on_written, const OnLost& on_lost) {
    std::vector<Written> written;
    std::vector<Record> lost;
    uint64_t count = 0;
    (void)!read(ready_.get(), &count, sizeof count);  // non-blocking; nothing there is no error
    {
        const std::lock_guard lock(mutex_);
        written.swap(written_);
        lost.swap(lost_);
        failures_seen_ = failures_;
    }
    for (const Record& record : lost) on_lost(record);
    for (const Written& one : written) on_written(one.record, one.line);
}

WriterStatus Writer::Worker::status() const {
    const std::lock_guard lock(mutex_);
    WriterStatus status = status_;
    status.queued = queue_.size();
    return status;
}

void Writer::Worker::run() {
    std::vector<Entry> batch;
    bool urgent = false;
    while (next_batch(batch, urgent)) {
        write(batch);
        const bool wrote = !batch.empty();
        batch.clear();
        if (batch.capacity() > kMostGathered) std::vector<Entry>().swap(batch);  // a flood is over: its memory goes back
        sync(urgent);
        look_for_room(wrote);
        if (owes_checkpoint() && std::chrono::steady_clock::now() >= checkpoint_due_) write_checkpoint();
        finish_round();
    }
    if (owes_checkpoint()) write_checkpoint();
    sync(true);
}

// False: stopped, and nothing is left.
bool Writer::Worker::next_batch(std::vector<Entry>& batch, bool& urgent) {
    std::unique_lock lock(mutex_);
    const auto pressing = [&] { return urgent_ || stop_ || queue_.size() >= kMostGathered; };
    const auto something = [&] { return !queue_.empty() || pressing(); };
    if (no_room_) {
        wake_.wait_for(lock, kSyncAgain, something);
    } else if (!output_.unsynced() && owes_checkpoint()) {
        wake_.wait_until(lock, checkpoint_due_, something);
    } else if (!output_.unsynced()) {
        wake_.wait(lock, something);
    }
    if (!pressing()) wake_.wait_for(lock, kGather, pressing);
    batch.swap(queue_);
    urgent = std::exchange(urgent_, false);
    taken_through_ = submitted_;
    return !stop_ || !batch.empty();
}

void Writer::Worker::write(std::vector<Entry>& batch) {
    const uint64_t boot_time_at = wall_ns() - boot_ns();
    std::vector<size_t> begins;
    size_t first = 0;
    for (size_t i = 0; i < batch.size(); ++i) {
        // Its numbers say that what was submitted before it stands in the trail; a loss that its maker has not seen makes that untrue.
        if (batch[i].record.kind == Kind::kHooks && batch[i].failures_seen != failures_) {
            write_chunk(std::span(batch).subspan(first, i - first), begins);
            begins.clear();
            lose(std::span(batch).subspan(i, 1), nullptr);
            first = i + 1;
            continue;
        }
        begins.push_back(output_.add(batch[i].record, boot_time_at, options_.host, options_.boot));
        const bool enough = options_.signer && output_.since_checkpoint() >= kCheckpointLines;
        if (output_.pending().size() < kChunkBytes && !enough) continue;
        write_chunk(std::span(batch).subspan(first, i + 1 - first), begins);
        begins.clear();
        first = i + 1;
    }
    write_chunk(std::span(batch).subspan(first), begins);
}

void Writer::Worker::write_chunk(std::span<Entry> chunk, std::span<const size_t> begins) {
    if (chunk.empty()) return;
    std::vector<Written> watched;
    if (watched_) {
        const std::string& bytes = output_.pending();
        for (size_t i = 0; i < chunk.size(); ++i) {
            const size_t end = i + 1 < chunk.size() ? begins[i + 1] : bytes.size();
            watched.push_back({{}, bytes.substr(begins[i], end - begins[i] - 1)});
        }
    }
    const size_t end = output_.pending().size();
    const bool was_synced = !output_.unsynced();
    if (output_.since_checkpoint() == chunk.size()) checkpoint_due_ = std::chrono::steady_clock::now() + kCheckpointAfter;
    const auto written = output_.write_pending();
    write_failed_ = !written;
    if (!written) {
        no_room_ = true;
        lose(chunk, &written.error().message);
        return;
    }
    if (was_synced) sync_due_ = std::chrono::steady_clock::now() + kSyncAfter;
    charge(chunk, begins, end);
    if (owes_checkpoint() && (output_.full() || output_.since_checkpoint() >= kCheckpointLines)) write_checkpoint();
    if (watched.empty()) return;
    for (size_t i = 0; i < chunk.size(); ++i) watched[i].record = std::move(chunk[i].record);
    {
        const std::lock_guard lock(mutex_);
        for (Written& one : watched)
            if (written_.size() < kMostWritten) written_.push_back(std::move(one));
    }
    eventfd_write(ready_.get(), 1);
}

void Writer::Worker::charge(std::span<const Entry> chunk, std::span<const size_t> begins, size_t end) {
    if (options_.session_bytes == 0) return;
    std::vector<std::shared_ptr<const Session>> used_up;
    {
        const std::lock_guard lock(mutex_);
        const uint64_t now = boot_ns();
        for (size_t i = 0; i < chunk.size(); ++i) {
            const Record& record = chunk[i].record;
            if (record.kind != Kind::kCrossing || !record.session) continue;
            const size_t bytes = (i + 1 < chunk.size() ? begins[i + 1] : end) - begins[i];
            if (quota_.charge(record.session->id, bytes, now)) used_up.push_back(record.session);
        }
    }
    for (const auto& session : used_up) say_used_up(session);
}

// One that cannot be written is no loss: the gaps stand in the trail all the same.
void Writer::Worker::say_used_up(const std::shared_ptr<const Session>& session) {
    Record record;
    record.kind = Kind::kConfig;
    record.boot_ns = boot_ns();
    record.session = session;
    record.change = "trail_quota";
    record.why = "its crossings took " + std::to_string(options_.session_bytes) +
                 " bytes within an hour: until that is over, further ones become gaps";
    output_.add(record, wall_ns() - boot_ns(), options_.host, options_.boot);
    (void)output_.write_pending();
}

void Writer::Worker::lose(std::span<Entry> records, const std::string* error) {
    {
        const std::lock_guard lock(mutex_);
        for (Entry& entry : records) lost_.push_back(std::move(entry.record));
        status_.lost += records.size();
        if (error != nullptr) {
            ++failures_;
            status_.error = *error;
        }
    }
    eventfd_write(ready_.get(), 1);
}

void Writer::Worker::sync(bool urgent) {
    const auto now = std::chrono::steady_clock::now();
    if (!output_.unsynced() || (!urgent && now < sync_due_)) return;
    const auto synced = output_.sync();
    sync_failed_ = !synced;
    if (synced) return;
    sync_due_ = now + kSyncAgain;
    const std::lock_guard lock(mutex_);
    status_.error = synced.error().message;
}

// All that was written so far, under one signature. One that cannot be written is owed on, and tried again with the next lines.
void Writer::Worker::write_checkpoint() {
    checkpoint_due_ = std::chrono::steady_clock::now() + kCheckpointAfter;
    auto added = output_.add_checkpoint(*options_.signer, wall_ns() - boot_ns(), options_.host, options_.boot);
    if (added) added = output_.write_pending();
    if (added) return;
    no_room_ = true;
    const std::lock_guard lock(mutex_);
    status_.error = added.error().message;
}

// A line that still fits is no sign of room: sessions would go on until the next one fails.
void Writer::Worker::look_for_room(bool wrote) {
    no_room_ |= sync_failed_;
    if (!no_room_ || sync_failed_ || (wrote && write_failed_)) return;
    const auto reserved = output_.reserve(kChunkBytes);
    write_failed_ = no_room_ = !reserved;
    if (reserved) return;
    const std::lock_guard lock(mutex_);
    status_.error = reserved.error().message;
}

void Writer::Worker::finish_round() {
    bool changed = false;
    {
        const std::lock_guard lock(mutex_);
        changed = std::exchange(status_.failed, no_room_) != no_room_;
        status_.next_seq = output_.next_seq();
        status_.file = output_.file();
        done_through_ = taken_through_;
    }
    done_.notify_all();
    if (changed) eventfd_write(ready_.get(), 1);
}

}  // namespace remit::trail
