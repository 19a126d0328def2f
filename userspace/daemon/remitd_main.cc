// remitd: the daemon of Remit.
#include <malloc.h>

#include <cstdio>

#include "base/log.h"
#include "daemon/options.h"
#include "daemon/service.h"

namespace {

int fail(const remit::Error& error) {
    remit::log_error(error.message);
    if (!error.hint.empty()) remit::log_error(error.hint);
    return static_cast<int>(error.code);
}

// What a flood took goes back to the system, 60 to 80 MB resident under it instead of 136: by default glibc raises these thresholds with
// every large block that is freed.
void keep_heap_small() {
    constexpr int kThreshold = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, kThreshold);
    mallopt(M_TRIM_THRESHOLD, kThreshold);
}

}  // namespace

int main(int argc, char** argv) {
    auto options = remit::daemon::read_options(argc, argv);
    if (!options) {
        std::fprintf(stderr, "remitd: %s\n    %s\n", options.error().message.c_str(), options.error().hint.c_str());
        return static_cast<int>(options.error().code);
    }
    if (!options->has_value()) return 0;
    keep_heap_small();
    remit::init_log(remit::LogLevel::kInfo);
    auto service = remit::daemon::Service::start(**std::move(options));
    if (!service) return fail(service.error());
    if (auto over = (*service)->run(); !over) return fail(over.error());
    return 0;
}
