// Frames of the control socket: a 4-byte little-endian length, then that many bytes. Bytes from a peer are never trusted: a frame that is
// too long is an error, not a buffer. Used by channel.h, client.h and the fuzzers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remit::api {

// A policy of 1,000 endpoints with its imports takes about 100 KiB; 4 MiB leaves room, and bounds what one peer can make us keep.
inline constexpr size_t kMaxFrameBytes = size_t{4} << 20;
inline constexpr size_t kFrameHeaderBytes = 4;

// Appends one frame to out. kBadData: the message is longer than kMaxFrameBytes.
Result<void> append_frame(std::string& out, std::string_view message);

// Takes a stream apart. After an error the stream has lost its place: every later call says the same error.
class FrameDecoder {
public:
    void feed(std::string_view bytes) { buffer_.append(bytes); }
    // The next whole message, nothing when more bytes are needed, kBadData when the length is beyond the bound.
    Result<std::optional<std::string>> next();
    size_t buffered() const { return buffer_.size() - start_; }

private:
    std::string buffer_;
    size_t start_ = 0;  // first byte that was not handed out
};

}  // namespace remit::api
