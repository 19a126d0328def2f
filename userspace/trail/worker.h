// The writer's thread and its two queues: records in, losses and watched lines out. Private to writer.cc and worker.cc.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "trail/output.h"
#include "trail/quota.h"
#include "trail/writer.h"

namespace remit::trail {

class Writer::Worker {
public:
    Worker(WriterOptions options, Output output, Fd ready);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    bool submit(Record record);
    Result<void> flush();
    void drain(const OnWritten& on_written, const OnLost& on_lost);
    WriterStatus status() const;
    int ready_fd() const { return ready_.get(); }
    void watch(bool on) { watched_ = on; }
    const Recovery& recovery() const { return recovery_; }

private:
    using Instant = std::chrono::steady_clock::time_point;
    struct Entry {
        Record record;
        uint64_t failures_seen = 0;  // by the submitter, when it submitted
    };
    struct Written {
        Record record;
        std::string line;
    };

    void run();
    bool next_batch(std::vector<Entry>& batch, bool& urgent);
    void write(std::vector<Entry>& batch);
    void write_chunk(std::span<Entry> chunk, std::span<const size_t> begins);
    void charge(std::span<const Entry> chunk, std::span<const size_t> begins, size_t end);
    void say_used_up(const std::shared_ptr<const Session>& session);
    void lose(std::span<Entry> records, const std::string* error);
    void sync(bool urgent);
    void look_for_room(bool wrote);
    void write_checkpoint();
    bool owes_checkpoint() const { return options_.signer && output_.since_checkpoint() > 0; }
    void finish_round();

    const WriterOptions options_;
    Recovery recovery_;
    Output output_;  // the thread's alone
    Fd ready_;
    std::atomic<bool> watched_ = false;

    mutable std::mutex mutex_;
    std::condition_variable wake_;  // for the thread
    std::condition_variable done_;  // for flush()
    std::vector<Entry> queue_;
    std::vector<Written> written_;
    std::vector<Record> lost_;
    WriterStatus status_;
    bool urgent_ = false;
    bool stop_ = false;
    Quota quota_;
    uint64_t submitted_ = 0;
    uint64_t done_through_ = 0;
    uint64_t failures_ = 0;       // failed writes; each put records into lost_
    uint64_t failures_seen_ = 0;  // of them, those whose losses were drained

    // The thread's alone.
    uint64_t taken_through_ = 0;
    bool write_failed_ = false;
    bool sync_failed_ = false;
    bool no_room_ = false;  // something failed, and no room was found since
    Instant sync_due_{};
    Instant checkpoint_due_{};  // while one is owed
    std::thread thread_;        // last: it uses the rest
};

}  // namespace remit::trail
