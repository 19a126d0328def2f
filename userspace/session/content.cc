#include "session/content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace remit::session {

namespace {

// 40 bytes and the digest each.
constexpr size_t kMaxDigests = 8192;
// Read in the daemon's only thread, at about 1 GB/s: a program that is larger counts as one of unknown content.
constexpr off_t kMaxContentBytes = off_t{256} << 20;
constexpr size_t kPiece = 128 << 10;

}  // namespace

const Digest* Contents::find(const remit_file& file) const {
    auto at = digests_.find(file);
    return at == digests_.end() ? nullptr : &at->second;
}

void Contents::keep(const remit_file& file, const Digest& digest) {
    if (!digests_.insert_or_assign(file, digest).second) return;
    order_.push_back(file);
    if (order_.size() <= kMaxDigests) return;
    digests_.erase(order_.front());
    order_.pop_front();
}

std::optional<Digest> read_digest(const Fd& fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > kMaxContentBytes) return std::nullopt;
    const Fd readable(::open(("/proc/self/fd/" + std::to_string(fd.get())).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!readable) return std::nullopt;
    Sha256 digest;
    std::string piece(kPiece, 0);
    off_t at = 0;
    while (at <= kMaxContentBytes) {
        const ssize_t count = ::pread(readable.get(), piece.data(), piece.size(), at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) return digest.finish();
        digest.add({piece.data(), static_cast<size_t>(count)});
        at += count;
    }
    return std::nullopt;  // it grows while it is read
}

}  // namespace remit::session
