#include "trail/archive.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "trail/lines.h"
#include "trail/segment.h"
#include "trail/zstd.h"

namespace remit::trail {
namespace {

// How often the folder is looked at.
constexpr std::chrono::seconds kLook{2};
// Written as they were: the open segment, and the one before it for those who follow the files.
constexpr size_t kPlain = 2;
// Of the writer's priorities; compressing may wait.
constexpr int kNice = 10;

uint64_t size_of(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

// The first line of a segment says how the one before it ended.
Result<std::string> first_prev(const std::string& path) {
    auto source = LineSource::open(path);
    if (!source) return std::move(source).error();
    std::string_view line;
    auto more = source->next(line);
    if (!more) return std::move(more).error();
    Head head;
    if (!*more || !parse_head(line, head)) return Error{Code::kBadData, path + ":1: no line of a trail", "run `remit trail verify`"};
    return std::string(head.prev);
}

}  // namespace

Archive::Archive(std::string folder, Keep keep, Announce announce)
    : folder_(std::move(folder)), keep_(keep), announce_(std::move(announce)) {
    // Signals are the epoll thread's.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "remit-archive");
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Archive::~Archive() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::string Archive::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

void Archive::run() {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kLook, [this] { return stop_; })) {
        lock.unlock();
        const auto looked = look();
        lock.lock();
        error_ = looked ? "" : looked.error().message;
    }
}

Result<void> Archive::look() {
    if (auto done = compress_closed(); !done) return done;
    for (;;) {
        auto oldest = surplus(wall_ns());
        if (!oldest) return std::move(oldest).error();
        if (!*oldest) return {};
        // First on record, then gone: a crash in between leaves a segment that the next round lets go.
        if (auto told = announce_(**oldest); !told) return told;
        const std::string path = folder_ + "/" + (*oldest)->file;
        if (unlink(path.c_str()) != 0) return errno_error("remove", path);
        if (auto synced = sync_folder(folder_); !synced) return synced;
    }
}

Result<void> Archive::compress_closed() const {
    auto segments = list_segments(folder_);
    if (!segments) return std::move(segments).error();
    for (size_t i = 0; i + kPlain < segments->size(); i++) {
        const std::string& path = (*segments)[i].path;
        if (path.ends_with(kCompressed)) continue;
        if (auto done = compress_file(path, path + std::string(kCompressed)); !done) return done;
        if (unlink(path.c_str()) != 0) return errno_error("remove", path);
    }
    return {};
}

// The oldest segment, if it is to go. The open one and the one before it stay.
Result<std::optional<PrunedSegment>> Archive::surplus(uint64_t now_ns) const {
    const std::optional<PrunedSegment> none;
    auto segments = list_segments(folder_);
    if (!segments) return std::move(segments).error();
    if (segments->size() <= kPlain) return none;
    const Segment& oldest = segments->front();
    const Segment& next = (*segments)[1];
    uint64_t bytes = 0;
    for (const Segment& each : *segments) bytes += size_of(each.path);
    const uint64_t ended_ns = segment_start(next.path);
    const bool too_many = keep_.bytes != 0 && bytes > keep_.bytes;
    const bool too_old = keep_.age_ns != 0 && ended_ns != 0 && now_ns > ended_ns && now_ns - ended_ns > keep_.age_ns;
    if (!too_many && !too_old) return none;
    auto prev = first_prev(next.path);
    if (!prev) return std::move(prev).error();
    PrunedSegment pruned{oldest.path.substr(folder_.size() + 1), oldest.first_seq, next.first_seq - 1, *std::move(prev),
                         size_of(oldest.path)};
    return std::optional<PrunedSegment>(std::move(pruned));
}

}  // namespace remit::trail
