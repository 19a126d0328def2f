#include "trail/lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "trail/segment.h"

namespace remit::trail {
namespace {

constexpr size_t kReadBytes = size_t{256} << 10;

}  // namespace

Result<LineSource> LineSource::open(const std::string& path) {
    LineSource source;
    source.path_ = path;
    source.fd_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!source.fd_ && errno == ENOENT && !path.ends_with(kCompressed)) {
        source.path_ += kCompressed;
        source.fd_ = Fd(::open(source.path_.c_str(), O_RDONLY | O_CLOEXEC));
    }
    if (!source.fd_) return errno_error("open", path);
    if (source.path_.ends_with(kCompressed)) source.inflater_.emplace(source.path_);
    posix_fadvise(source.fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return source;
}

Result<size_t> LineSource::read_some(char* out, size_t room) {
    if (inflater_) return inflater_->read(fd_.get(), out, room);
    ssize_t got = 0;
    do got = read(fd_.get(), out, room);
    while (got < 0 && errno == EINTR);
    if (got < 0) return errno_error("read", path_);
    return size_t(got);
}

// False: the end of the file.
Result<bool> LineSource::fill() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (end_ >= kLongestLine)
        return Error{Code::kBadData, path_ + ":" + std::to_string(number_ + 1) + ": longer than any line of a trail",
                     "give a trail's folder"};
    if (buffer_.size() < end_ + kReadBytes) buffer_.resize(end_ + kReadBytes);
    auto got = read_some(buffer_.data() + end_, buffer_.size() - end_);
    if (!got) return std::move(got).error();
    end_ += *got;
    return *got > 0;
}

Result<bool> LineSource::next(std::string_view& line) {
    for (;;) {
        const void* feed = std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
        if (feed != nullptr) {
            const size_t at = size_t(static_cast<const char*>(feed) - buffer_.data());
            line = std::string_view(buffer_).substr(begin_, at - begin_);
            begin_ = scanned_ = at + 1;
            ++number_;
            return true;
        }
        scanned_ = end_;
        auto filled = fill();
        if (!filled || !*filled) return filled;
    }
}

}  // namespace remit::trail
