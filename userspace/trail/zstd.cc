#include "trail/zstd.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <vector>

#include "base/fd.h"
#include "base/file.h"

namespace remit::trail {
namespace {

// The library's own default: records become about a twentieth at several hundred MB/s (docs/benchmarks.md).
constexpr int kLevel = 3;

Result<size_t> read_some(int fd, std::vector<char>& buffer, const std::string& path) {
    ssize_t got = 0;
    do got = ::read(fd, buffer.data(), buffer.size());
    while (got < 0 && errno == EINTR);
    if (got < 0) return errno_error("read", path);
    return static_cast<size_t>(got);
}

using Compressor = std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)>;

Result<void> compress(int from, int to, const std::string& path) {
    const Compressor context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    if (!context) return Error{Code::kInternal, "compress " + path + ": no memory", ""};
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::vector<char> in(ZSTD_CStreamInSize());
    std::vector<char> out(ZSTD_CStreamOutSize());
    for (bool last = false; !last;) {
        auto got = read_some(from, in, path);
        if (!got) return std::move(got).error();
        last = *got == 0;
        ZSTD_inBuffer input{in.data(), *got, 0};
        for (size_t left = 1; last ? left != 0 : input.pos < input.size;) {
            ZSTD_outBuffer output{out.data(), out.size(), 0};
            left = ZSTD_compressStream2(context.get(), &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(left)) return Error{Code::kInternal, "compress " + path + ": " + ZSTD_getErrorName(left), ""};
            if (auto written = write_all(to, {out.data(), output.pos}, path); !written) return written;
        }
    }
    return {};
}

}  // namespace

Result<void> compress_file(const std::string& from, const std::string& to) {
    const std::string part = to + ".part";
    const Fd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
    if (!source) return errno_error("open", from);
    const Fd target(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (!target) return errno_error("create", part);
    auto done = compress(source.get(), target.get(), part);
    if (done && fsync(target.get()) != 0) done = errno_error("sync", part);
    if (done && rename(part.c_str(), to.c_str()) != 0) done = errno_error("rename", part);
    if (!done) {
        unlink(part.c_str());
        return done;
    }
    return sync_folder(to.substr(0, to.rfind('/')));
}

struct Inflater::State {
    std::string path;
    std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context{ZSTD_createDCtx(), ZSTD_freeDCtx};
    std::vector<char> buffer = std::vector<char>(ZSTD_DStreamInSize());
    ZSTD_inBuffer input{nullptr, 0, 0};
    bool within = false;  // a frame has begun and not ended

    Error bad(const std::string& what) const {
        return {Code::kBadData, path + ": " + what, "the archived segment was altered or cut off; `remit trail verify` says what is left"};
    }
};

Inflater::Inflater(std::string path) : state_(std::make_unique<State>()) {
    state_->path = std::move(path);
}
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;
Inflater::~Inflater() = default;

Result<size_t> Inflater::read(int fd, char* out, size_t room) {
    State& state = *state_;
    if (!state.context) return Error{Code::kInternal, "read " + state.path + ": no memory", ""};
    ZSTD_outBuffer output{out, room, 0};
    while (output.pos == 0) {
        bool end = false;
        if (state.input.pos == state.input.size) {
            auto got = read_some(fd, state.buffer, state.path);
            if (!got) return got;
            state.input = {state.buffer.data(), *got, 0};
            end = *got == 0;
        }
        if (end && !state.within) return size_t{0};
        const size_t left = ZSTD_decompressStream(state.context.get(), &output, &state.input);
        if (ZSTD_isError(left)) return state.bad(ZSTD_getErrorName(left));
        state.within = left != 0;
        if (end && output.pos == 0 && state.within) return state.bad("it is cut off");
    }
    return output.pos;
}

}  // namespace remit::trail
