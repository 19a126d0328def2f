// Bytes from a peer at the control socket: frames come out the same however the stream is cut, an error stays one, and what parses as a
// message can be sent on.
#include <optional>
#include <vector>

#include "api/frame.h"
#include "fuzz/input.h"
#include "userspace/api/control.pb.h"

namespace remit::fuzz {
namespace {

struct Heard {
    std::vector<std::string> messages;
    bool failed = false;
    bool operator==(const Heard&) const = default;
};

// Feeds the stream in pieces of at most `piece` bytes.
Heard hear(std::string_view bytes, size_t piece) {
    api::FrameDecoder decoder;
    Heard heard;
    while (!bytes.empty() && !heard.failed) {
        decoder.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (;;) {
            auto message = decoder.next();
            heard.failed = !message;
            if (!message || !*message) break;
            heard.messages.push_back(**message);
        }
    }
    if (heard.failed) REMIT_HOLDS(!decoder.next());
    return heard;
}

template <typename Message>
void check_message(const std::string& bytes) {
    Message message;
    if (!message.ParseFromString(bytes)) return;
    std::string framed;
    if (!api::append_frame(framed, message.SerializeAsString())) return;
    const Heard again = hear(framed, framed.size());
    REMIT_HOLDS(!again.failed && again.messages.size() == 1);
    Message copy;
    REMIT_HOLDS(copy.ParseFromString(again.messages[0]));
    REMIT_HOLDS(copy.body_case() == message.body_case() && copy.id() == message.id());
}

}  // namespace
}  // namespace remit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace remit;
    if (size < 1) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const fuzz::Heard whole = fuzz::hear(bytes, bytes.size());
    const fuzz::Heard in_pieces = fuzz::hear(bytes, data[0] % 16 + 1);
    REMIT_HOLDS(whole == in_pieces);
    for (const std::string& message : whole.messages) {
        fuzz::check_message<control::v1::Request>(message);
        fuzz::check_message<control::v1::Response>(message);
    }
    return 0;
}
