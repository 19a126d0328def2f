#include "trail/writer.h"

#include <sys/eventfd.h>

#include "base/clock.h"
#include "trail/keys.h"
#include "trail/worker.h"

namespace remit::trail {

namespace {

std::string why_of(const Keep& keep) {
    std::string why;
    if (keep.age_ns != 0) why += "for " + format_duration(keep.age_ns);
    if (keep.bytes != 0) why += (why.empty() ? "" : " and ") + std::string("up to ") + std::to_string(keep.bytes) + " bytes";
    return "segments are kept " + why;
}

}  // namespace

Writer::Writer(std::unique_ptr<Worker> worker, const std::string& folder, const Keep& keep) : worker_(std::move(worker)) {
    auto announce = [this, why = why_of(keep)](const PrunedSegment& segment) -> Result<void> {
        Record record;
        record.kind = Kind::kSegmentPruned;
        record.synced = true;
        record.why = why;
        record.pruned = std::make_shared<PrunedSegment>(segment);
        if (!worker_->submit(std::move(record))) return Error{Code::kInternal, "no room for a segment_pruned record", ""};
        return worker_->flush();
    };
    archive_ = std::make_unique<Archive>(folder, keep, std::move(announce));
}
Writer::~Writer() = default;

Result<std::unique_ptr<Writer>> Writer::open(WriterOptions options) {
    std::vector<VerifierKey> keys;
    if (options.signer) {
        auto known = read_keys(options.folder);
        if (!known) return std::move(known).error().within("open the trail");
        keys = *std::move(known);
        keys.push_back(options.signer->verifier());
    }
    auto output = Output::open(options.folder, options.segment_bytes, options.segment_ns, keys);
    if (!output) return std::move(output).error().within("open the trail");
    Fd ready(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!ready) return errno_error("create an eventfd");
    const std::string folder = options.folder;
    const Keep keep = options.keep;
    auto worker = std::make_unique<Worker>(std::move(options), std::move(*output), std::move(ready));
    return std::unique_ptr<Writer>(new Writer(std::move(worker), folder, keep));
}

const Recovery& Writer::recovery() const {
    return worker_->recovery();
}

bool Writer::submit(Record record) {
    return worker_->submit(std::move(record));
}

Result<void> Writer::flush() {
    return worker_->flush();
}

int Writer::ready_fd() const {
    return worker_->ready_fd();
}

void Writer::watch(bool on) {
    worker_->watch(on);
}

void Writer::drain(const OnWritten& on_written, const OnLost& on_lost) {
    worker_->drain(on_written, on_lost);
}

WriterStatus Writer::status() const {
    WriterStatus status = worker_->status();
    status.archive_error = archive_->error();
    return status;
}

}  // namespace remit::trail
