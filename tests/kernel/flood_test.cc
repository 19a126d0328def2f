// A flood of crossings with nobody to read the records: verdicts do not depend on the ring, and what found no room is counted exactly.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "base/clock.h"
#include "kernel/harness.h"

namespace remit::test {
namespace {

// Sends that are allowed between two that are refused: sendmmsg stops at a refusal, and one system call a datagram would be the bottleneck.
constexpr int kBatch = 64;
constexpr int kMoreThanTheRingHolds = REMIT_RECORDS_BYTES / REMIT_EVENT_HEAD + 10'000;

struct Sent {
    uint64_t allowed = 0;
    uint64_t refused = 0;
    uint64_t wrong = 0;
    uint64_t ns = 0;
};

// Every datagram to another address: each is a crossing of its own. 127.0.0.0/9 may be sent to, 127.128.0.0/9 may not.
class Flooder {
public:
    explicit Flooder(uint16_t port) : socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
        for (int i = 0; i < kBatch; i++) {
            to_[i].sin_family = AF_INET;
            to_[i].sin_port = htons(port);
            bytes_[i] = {&byte_, 1};
            messages_[i].msg_hdr = {};
            messages_[i].msg_hdr.msg_name = &to_[i];
            messages_[i].msg_hdr.msg_namelen = sizeof(to_[i]);
            messages_[i].msg_hdr.msg_iov = &bytes_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    Sent run(int batches) {
        Sent sent;
        const uint64_t begin = boot_ns();
        for (int batch = 0; batch < batches; batch++) {
            send_batch(sent);
            sockaddr_in refused = to_[0];
            refused.sin_addr.s_addr = htonl(0x7f800001U + static_cast<uint32_t>(batch));
            const ssize_t got = sendto(socket_.get(), &byte_, 1, 0, reinterpret_cast<const sockaddr*>(&refused), sizeof(refused));
            sent.refused++;
            sent.wrong += got >= 0 || errno != EPERM;
        }
        sent.ns = boot_ns() - begin;
        return sent;
    }

private:
    void send_batch(Sent& sent) {
        for (auto& to : to_) to.sin_addr.s_addr = htonl(0x7f000001U + next_++);
        const int got = sendmmsg(socket_.get(), messages_, kBatch, 0);
        sent.allowed += kBatch;
        sent.wrong += static_cast<uint64_t>(kBatch - got);  // -1: all of them and one more
    }

    Fd socket_;
    char byte_ = 'x';
    uint32_t next_ = 0;
    sockaddr_in to_[kBatch]{};
    iovec bytes_[kBatch]{};
    mmsghdr messages_[kBatch]{};
};

// What the flood of a child came to, by a pipe.
Sent flood(Harness& harness, const TestSession& session, uint16_t port, int batches) {
    int pipe_fds[2];
    EXPECT_EQ(pipe(pipe_fds), 0);
    const Fd in(pipe_fds[0]);
    Fd out(pipe_fds[1]);
    EXPECT_TRUE(exited(harness.run(session,
                                   [&] {
                                       const Sent sent = Flooder(port).run(batches);
                                       return write(out.get(), &sent, sizeof(sent)) == sizeof(sent) ? 0 : 1;
                                   }),
                       0));
    Sent sent;
    EXPECT_EQ(read(in.get(), &sent, sizeof(sent)), static_cast<ssize_t>(sizeof(sent)));
    return sent;
}

struct Counts {
    uint64_t crossings = 0;
    uint64_t lost = 0;
};

Counts operator-(const Counts& a, const Counts& b) {
    return {a.crossings - b.crossings, a.lost - b.lost};
}

Counts counts(Harness& harness) {
    Counts sum;
    for (const remit_totals& cpu : harness.kernel().totals()) {
        sum.crossings += cpu.crossings;
        sum.lost += cpu.lost;
    }
    return sum;
}

TEST(Flood, RefusedStaysRefusedAndEveryCrossingIsRecordedOrCounted) {
    Harness& harness = Harness::get();
    harness.events();
    const Peer peer = listen_on("0.0.0.0", SOCK_DGRAM);  // never read: what does not fit is dropped at the receiver
    const auto session = harness.make_session(TablesBuilder()
                                                  .grant(0)
                                                  .endpoint(0, "127.0.0.0", 9, peer.port, IPPROTO_UDP)
                                                  .endpoint(1, "127.128.0.0", 9, peer.port, IPPROTO_UDP)
                                                  .tables());
    const Counts before = counts(harness);
    const Sent sent = flood(harness, session, peer.port, scaled(20'000));
    const Counts flooded = counts(harness) - before;
    const auto events = harness.events();

    const double per_second = 1e9 * static_cast<double>(sent.allowed + sent.refused) / static_cast<double>(sent.ns);
    printf("flood: %.0f sends/s, %zu recorded, %llu lost\n", per_second, events.size(), static_cast<unsigned long long>(flooded.lost));
    RecordProperty("sends_per_second", std::to_string(per_second));
    EXPECT_EQ(sent.wrong, 0U);
    EXPECT_EQ(flooded.crossings, sent.allowed + sent.refused);
    EXPECT_EQ(session.words->passed, sent.allowed);
    EXPECT_EQ(session.words->refused, sent.refused);
    EXPECT_EQ(events.size() + flooded.lost, flooded.crossings);
    EXPECT_GT(events.size(), 0U);
    std::set<std::pair<uint32_t, uint64_t>> numbers;
    for (const auto& event : events) EXPECT_TRUE(numbers.emplace(event.cpu, event.n).second);
}

// The ring is full by now; a session that comes later is judged as rightly as the first.
TEST(Flood, AFullRingTakesNoPartInAVerdict) {
    Harness& harness = Harness::get();
    const Peer peer = listen_on("0.0.0.0", SOCK_DGRAM);
    const auto fill = harness.make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.0", 9, peer.port, IPPROTO_UDP).tables());
    const Counts before = counts(harness);
    EXPECT_EQ(flood(harness, fill, peer.port, kMoreThanTheRingHolds / kBatch).wrong, 0U);
    EXPECT_GT((counts(harness) - before).lost, 0U);
    const auto later = harness.make_session(TablesBuilder().grant(2).endpoint(2, "127.0.0.9", 32, peer.port, IPPROTO_UDP).tables());
    EXPECT_TRUE(exited(harness.run(later, [&] { return try_send("127.0.0.9", peer.port); }), 0));
    EXPECT_TRUE(exited(harness.run(later, [&] { return try_send("127.0.0.8", peer.port); }), EPERM));
    EXPECT_EQ(later.words->passed, 1U);
    EXPECT_EQ(later.words->refused, 1U);
    harness.events();
}

}  // namespace
}  // namespace remit::test
