#include "api/channel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace remit::api {

Result<ByteChannel> ByteChannel::make(Fd socket) {
    int flags = ::fcntl(socket.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) return errno_error("make non-blocking", "control connection");
    return ByteChannel(std::move(socket));
}

Result<bool> ByteChannel::receive() {
    std::array<char, 65536> bytes;
    for (int round = 0; round < 4; round++) {
        ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got == 0) return false;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return true;
        if (got < 0) return errno_error("read", "control connection");
        decoder_.feed({bytes.data(), static_cast<size_t>(got)});
        if (static_cast<size_t>(got) < bytes.size()) return true;
    }
    return true;
}

Result<void> ByteChannel::send_message(std::string_view message) {
    if (unsent_bytes() + message.size() + kFrameHeaderBytes > kMaxUnsentBytes)
        return Error{Code::kUnavailable, "the peer left " + std::to_string(unsent_bytes()) + " bytes unread", "the connection is dropped"};
    if (auto framed = append_frame(output_, message); !framed) return framed;
    return flush();
}

Result<void> ByteChannel::flush() {
    while (wants_write()) {
        ssize_t put = ::send(socket_.get(), output_.data() + sent_, unsent_bytes(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (put < 0) {
            Error error = errno_error("write", "control connection");
            error.code = Code::kUnavailable;
            return error;
        }
        sent_ += static_cast<size_t>(put);
    }
    if (sent_ * 2 >= output_.size()) {
        output_.erase(0, sent_);
        sent_ = 0;
    }
    return {};
}

}  // namespace remit::api
