#include "trail/writer.h"

#include <sys/eventfd.h>

#include "trail/keys.h"
#include "trail/worker.h"

namespace remit::trail {

Writer::Writer(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
Writer::~Writer() = default;

Result<std::unique_ptr<Writer>> Writer::open(WriterOptions options) {
    std::vector<VerifierKey> keys;
    if (options.signer) {
        auto known = read_keys(options.folder);
        if (!known) return std::move(known).error().within("open the trail");
        keys = *std::move(known);
        keys.push_back(options.signer->verifier());
    }
    auto output = Output::open(options.folder, options.segment_bytes, keys);
    if (!output) return std::move(output).error().within("open the trail");
    Fd ready(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!ready) return errno_error("create an eventfd");
    auto worker = std::make_unique<Worker>(std::move(options), std::move(*output), std::move(ready));
    return std::unique_ptr<Writer>(new Writer(std::move(worker)));
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
    return worker_->status();
}

}  // namespace remit::trail
