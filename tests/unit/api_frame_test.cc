// Frames and channels: whole messages come out however the bytes were cut, and nothing a peer sends can hurt.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <random>

#include "api/channel.h"
#include "api/frame.h"

namespace remit::api {
namespace {

std::string framed(std::string_view message) {
    std::string out;
    EXPECT_TRUE(append_frame(out, message));
    return out;
}

TEST(Frame, HeaderIsLittleEndian) {
    EXPECT_EQ(framed(std::string(0x0102, 'x')).substr(0, 4), std::string("\x02\x01\x00\x00", 4));
}

TEST(Frame, ComesOutByteByByte) {
    FrameDecoder decoder;
    std::string stream = framed("first") + framed("") + framed("third");
    std::vector<std::string> seen;
    for (char byte : stream) {
        decoder.feed({&byte, 1});
        for (auto message = decoder.next(); message && message->has_value(); message = decoder.next()) seen.push_back(**message);
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"first", "", "third"}));
    EXPECT_EQ(decoder.buffered(), 0u);
}

TEST(Frame, LongestPassesAndOneMoreIsRefused) {
    std::string longest(kMaxFrameBytes, 'a'), out;
    FrameDecoder decoder;
    decoder.feed(framed(longest));
    auto message = decoder.next();
    ASSERT_TRUE(message && message->has_value());
    EXPECT_EQ(**message, longest);
    auto refused = append_frame(out, longest + "b");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kBadData);
    EXPECT_TRUE(out.empty());
}

TEST(Frame, TooLongALengthIsAnErrorThatStays) {
    FrameDecoder decoder;
    decoder.feed(std::string("\x01\x00\x40\x00", 4));
    EXPECT_EQ(decoder.next().error().code, Code::kBadData);
    decoder.feed(framed("later"));
    EXPECT_FALSE(decoder.next());
}

// Random streams, cut at random: either every frame comes out, or (with random bytes) an error or silence, never more than was put in.
TEST(Frame, RandomStreams) {
    std::mt19937 random(20261124);
    for (int round = 0; round < 2000; round++) {
        std::string stream;
        std::vector<std::string> put, got;
        bool garbage = round % 3 == 0;
        for (int i = 0; i < 20 && !garbage; i++) {
            put.emplace_back(random() % 300, static_cast<char>(random()));
            stream += framed(put.back());
        }
        if (garbage)
            for (int i = 0; i < 200; i++) stream.push_back(static_cast<char>(random() % 4 ? 0 : random()));
        FrameDecoder decoder;
        bool failed = false;
        for (size_t at = 0; at < stream.size() && !failed;) {
            size_t step = 1 + random() % 64;
            decoder.feed(std::string_view(stream).substr(at, step));
            at += step;
            for (;;) {
                auto message = decoder.next();
                failed = !message;
                if (failed || !message->has_value()) break;
                got.push_back(**message);
            }
        }
        if (!garbage) {
            EXPECT_EQ(got, put);
        }
        EXPECT_LE(decoder.buffered(), stream.size());
    }
}

struct Pair {
    Fd left, right;
};
Pair make_pair() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    return {Fd(fds[0]), Fd(fds[1])};
}

TEST(Channel, CarriesRequestsAndSaysWhenThePeerIsGone) {
    Pair pair = make_pair();
    auto server = ServerChannel::make(std::move(pair.left));
    auto client = ClientChannel::make(std::move(pair.right));
    ASSERT_TRUE(server && client);
    control::v1::Request request;
    request.set_id(7);
    request.mutable_exec()->set_path("/tmp/\xff\xfe");
    ASSERT_TRUE(client->send(request));
    ASSERT_TRUE(*server->receive());
    auto got = server->next();
    ASSERT_TRUE(got && got->has_value());
    EXPECT_EQ((*got)->exec().path(), "/tmp/\xff\xfe");
    EXPECT_FALSE(server->next()->has_value());
    { auto gone = std::move(client); }
    auto open = server->receive();
    ASSERT_TRUE(open);
    EXPECT_FALSE(*open);
}

TEST(Channel, AMessageThatIsNoneIsAnError) {
    Pair pair = make_pair();
    auto server = ServerChannel::make(std::move(pair.left));
    std::string bytes = framed("\xff\xff\xff\xff");
    ASSERT_EQ(::send(pair.right.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    ASSERT_TRUE(*server->receive());
    EXPECT_EQ(server->next().error().code, Code::kBadData);
}

TEST(Channel, APeerThatDoesNotReadIsDroppedNotBuffered) {
    Pair pair = make_pair();
    auto server = ServerChannel::make(std::move(pair.left));
    control::v1::Response response;
    response.mutable_done()->set_message(std::string(1 << 20, 'x'));
    Result<void> sent;
    int count = 0;
    while (sent && count < 100) {
        sent = server->send(response);
        count++;
    }
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Code::kUnavailable);
    EXPECT_LE(server->unsent_bytes(), kMaxUnsentBytes);
    EXPECT_LT(count, 12);
}

}  // namespace
}  // namespace remit::api
