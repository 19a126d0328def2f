#include "api/frame.h"

namespace remit::api {
namespace {

uint32_t read_length(const char* bytes) {
    uint32_t length = 0;
    for (size_t i = 0; i < kFrameHeaderBytes; i++) length |= uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return length;
}

}  // namespace

Result<void> append_frame(std::string& out, std::string_view message) {
    if (message.size() > kMaxFrameBytes)
        return Error{Code::kBadData,
                     "message of " + std::to_string(message.size()) + " bytes is longer than a frame may be (" +
                         std::to_string(kMaxFrameBytes) + ")",
                     "split the policy, or ask for fewer records"};
    for (size_t i = 0; i < kFrameHeaderBytes; i++) out.push_back(static_cast<char>(message.size() >> (8 * i)));
    out.append(message);
    return {};
}

Result<std::optional<std::string>> FrameDecoder::next() {
    if (buffered() < kFrameHeaderBytes) return std::optional<std::string>();
    size_t length = read_length(buffer_.data() + start_);
    if (length > kMaxFrameBytes)
        return Error{Code::kBadData, "frame of " + std::to_string(length) + " bytes is longer than a frame may be",
                     "is the peer a remit of this version?"};
    if (buffered() < kFrameHeaderBytes + length) return std::optional<std::string>();
    std::optional<std::string> message(buffer_.substr(start_ + kFrameHeaderBytes, length));
    start_ += kFrameHeaderBytes + length;
    // Moving the rest down once half is used keeps many small frames linear.
    if (start_ * 2 >= buffer_.size()) {
        buffer_.erase(0, start_);
        start_ = 0;
    }
    return message;
}

}  // namespace remit::api
