// One non-blocking end of a control connection, to be driven by an epoll or poll loop: receive() when readable, then next() until empty;
// send() queues, flush() when writable. Output is bounded: a peer that does not read is dropped, not buffered. For daemon/ and the keeper.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "api/frame.h"
#include "base/fd.h"
#include "base/result.h"
#include "userspace/api/control.pb.h"

namespace remit::api {

// What a peer may leave unread: two of the longest frames, or about 10,000 trail lines.
inline constexpr size_t kMaxUnsentBytes = 2 * (kMaxFrameBytes + kFrameHeaderBytes);

class ByteChannel {
public:
    // Owns the connected socket and makes it non-blocking.
    static Result<ByteChannel> make(Fd socket);

    int fd() const { return socket_.get(); }
    // Reads what is there, at most 256 KiB a call so that one peer cannot starve the others (level-triggered waiting comes back for the
    // rest). false: the peer closed its end; frames that came before are still handed out.
    Result<bool> receive();
    Result<std::optional<std::string>> next_message() { return decoder_.next(); }
    // Queues a frame and writes what the socket takes at once. kUnavailable: the peer left too much unread, or is gone; close the channel.
    Result<void> send_message(std::string_view message);
    Result<void> flush();
    bool wants_write() const { return sent_ < output_.size(); }
    size_t unsent_bytes() const { return output_.size() - sent_; }

private:
    explicit ByteChannel(Fd socket) : socket_(std::move(socket)) {}

    Fd socket_;
    FrameDecoder decoder_;
    std::string output_;
    size_t sent_ = 0;
};

template <typename In, typename Out>
class Channel {
public:
    static Result<Channel> make(Fd socket) {
        auto bytes = ByteChannel::make(std::move(socket));
        if (!bytes) return std::move(bytes).error();
        return Channel(*std::move(bytes));
    }

    int fd() const { return bytes_.fd(); }
    Result<bool> receive() { return bytes_.receive(); }
    Result<void> flush() { return bytes_.flush(); }
    bool wants_write() const { return bytes_.wants_write(); }
    size_t unsent_bytes() const { return bytes_.unsent_bytes(); }

    Result<void> send(const Out& message) { return bytes_.send_message(message.SerializeAsString()); }
    // kBadData: not a frame, or not a message of this protocol; close the channel.
    Result<std::optional<In>> next() {
        auto bytes = bytes_.next_message();
        if (!bytes) return std::move(bytes).error();
        if (!bytes->has_value()) return std::optional<In>();
        In message;
        if (!message.ParseFromString(**bytes)) return Error{Code::kBadData, "frame holds no message of this protocol", ""};
        return std::optional<In>(std::move(message));
    }

private:
    explicit Channel(ByteChannel bytes) : bytes_(std::move(bytes)) {}
    ByteChannel bytes_;
};

using ServerChannel = Channel<control::v1::Request, control::v1::Response>;
using ClientChannel = Channel<control::v1::Response, control::v1::Request>;

}  // namespace remit::api
