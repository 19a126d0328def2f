// hooks/packet.h: the address really used, the hold, stale and revoked sockets.
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "base/pidfd.h"
#include "kernel/harness.h"

namespace remit::test {
namespace {

Harness& harness() {
    return Harness::get();
}

remit_grant with_approval() {
    remit_grant grant{};
    grant.flags = REMIT_GRANT_APPROVAL;
    return grant;
}

// Does the process end within this time? Times are real ones here: they are what is tested.
bool ends_within(pid_t pid, int milliseconds) {
    const Fd pidfd = open_pidfd(pid);
    pollfd waiting{pidfd.get(), POLLIN, 0};
    return poll(&waiting, 1, milliseconds) == 1;
}

struct HeldConnect {
    TestSession session;
    Peer peer;
    pid_t pid = 0;
};

HeldConnect hold(const std::string& address) {
    HeldConnect held;
    held.peer = listen_on(address, SOCK_STREAM);
    const uint32_t bits = address.find(':') == std::string::npos ? 32 : 128;
    held.session =
        harness().make_session(TablesBuilder().grant(7, with_approval()).endpoint(7, address, bits, held.peer.port, IPPROTO_TCP).tables());
    held.pid = harness().start(&held.session, [address, port = held.peer.port] { return try_connect(address, port, SOCK_STREAM); });
    return held;
}

void approve(const HeldConnect& held) {
    __atomic_or_fetch(&held.session.words->approved[0], 1ULL << 7, __ATOMIC_SEQ_CST);
}

TEST(Hold, PassesAConnectThatIsAnsweredAfterASecond) {
    for (const char* address : {"127.0.0.1", "::1"}) {
        harness().events();
        const auto held = hold(address);
        EXPECT_FALSE(ends_within(held.pid, 1000)) << address;
        const auto asked = harness().events();
        ASSERT_EQ(asked.size(), 1U);
        EXPECT_TRUE(asked[0].flags & REMIT_EVENT_QUESTION);
        EXPECT_EQ(asked[0].effect, REMIT_HELD);
        EXPECT_EQ(asked[0].reason, REMIT_REASON_APPROVAL);
        approve(held);
        EXPECT_TRUE(ends_within(held.pid, 5000 * slack()));
        EXPECT_TRUE(exited(wait_for(held.pid), 0));
        const auto records = harness().events();
        ASSERT_EQ(records.size(), 1U);
        EXPECT_EQ(records[0].effect, REMIT_PASSED);
        EXPECT_EQ(records[0].pid, static_cast<uint32_t>(held.pid));
        EXPECT_GT(records[0].latency_ns, 900'000'000U);
    }
}

// One test for both, side by side: together they take as long as the longest.
TEST(Hold, PassesAfterTwentySecondsAndEndsAtAboutSixty) {
    const auto answered = hold("127.0.0.1");
    const auto silent = hold("127.0.0.1");
    EXPECT_FALSE(ends_within(answered.pid, 20'000));
    approve(answered);
    EXPECT_TRUE(ends_within(answered.pid, 5000 * slack()));
    EXPECT_TRUE(exited(wait_for(answered.pid), 0));
    EXPECT_FALSE(ends_within(silent.pid, 30'000));
    ASSERT_TRUE(ends_within(silent.pid, 30'000 * slack()));
    EXPECT_TRUE(exited(wait_for(silent.pid), ETIMEDOUT));
    // The answer serves the retry.
    approve(silent);
    EXPECT_TRUE(exited(harness().run(silent.session, [&] { return try_connect("127.0.0.1", silent.peer.port, SOCK_STREAM); }), 0));
}

TEST(Hold, DropsAConnectWhoseSessionIsRevokedMeanwhile) {
    const auto held = hold("127.0.0.1");
    EXPECT_FALSE(ends_within(held.pid, 200));
    held.session.words->state = REMIT_REVOKED;
    auto ended = harness().kernel().destroy_sockets(-1, [&](const remit_stamp& stamp) { return stamp.session == held.session.id; });
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(*ended, 1);
    EXPECT_TRUE(exited(wait_for(held.pid), ECONNABORTED));
}

TEST(Hold, RefusesDatagramsAtOnce) {
    const Peer peer = listen_on("127.0.0.1", SOCK_DGRAM);
    const auto session =
        harness().make_session(TablesBuilder().grant(7, with_approval()).endpoint(7, "127.0.0.1", 32, peer.port, IPPROTO_UDP).tables());
    EXPECT_TRUE(exited(harness().run(session, [&] { return try_send("127.0.0.1", peer.port); }), EPERM));
}

// sendto(MSG_FASTOPEN) makes no connect at all; what leaves the machine is judged all the same.
TEST(Egress, JudgesFastOpen) {
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    const auto attempt = [&] {
        const Address to = address_of("127.0.0.1", peer.port);
        const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        const timeval soon{1, 0};
        const int two = 2;
        setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon));
        setsockopt(fd.get(), IPPROTO_TCP, TCP_SYNCNT, &two, sizeof(two));
        return sendto(fd.get(), "x", 1, MSG_FASTOPEN, to.get(), to.size) == 1 ? 0 : 1;
    };
    const auto granted = harness().make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_TCP).tables());
    const auto refused = harness().make_session(TablesBuilder().tables());
    EXPECT_TRUE(exited(harness().run(granted, attempt), 0));
    EXPECT_TRUE(exited(harness().run(refused, attempt), 1));
    EXPECT_TRUE(exited(harness().run_outside(attempt), 0));
}

TEST(Egress, LetsAListenerOfTheSessionAnswer) {
    const auto session = harness().make_session(TablesBuilder().tables());
    int port_pipe[2];
    ASSERT_EQ(pipe(port_pipe), 0);
    const pid_t server = harness().start(&session, [&] {
        const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
        if (write(port_pipe[1], &peer.port, sizeof(peer.port)) != sizeof(peer.port)) return 2;
        const Fd connection(accept(peer.fd.get(), nullptr, nullptr));
        return write(connection.get(), "hello", 5) == 5 ? 0 : errno;
    });
    uint16_t port = 0;
    ASSERT_EQ(read(port_pipe[0], &port, sizeof(port)), static_cast<ssize_t>(sizeof(port)));
    const Address to = address_of("127.0.0.1", port);
    const Fd client(socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(connect(client.get(), to.get(), to.size), 0);
    char text[5];
    EXPECT_EQ(recv(client.get(), text, sizeof(text), MSG_WAITALL), 5);
    EXPECT_TRUE(exited(wait_for(server), 0));
    close(port_pipe[0]);
    close(port_pipe[1]);
}

// A peer outside that sends and reads without end, and a child inside that does the other half; both count bytes.
class Transfer : public testing::TestWithParam<bool> {
protected:
    static constexpr size_t kBlock = 65536;

    bool upload() const { return GetParam(); }
    std::atomic<uint64_t>* counts = static_cast<std::atomic<uint64_t>*>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));  // [0] inside, [1] outside

    static void pump(int fd, bool sends, std::atomic<uint64_t>& count) {
        static char block[kBlock];
        for (;;) {
            const ssize_t moved = sends ? send(fd, block, sizeof(block), MSG_NOSIGNAL) : recv(fd, block, sizeof(block), 0);
            if (moved <= 0) return;
            count += static_cast<uint64_t>(moved);
        }
    }

    void wait_until_running() {
        const uint64_t start = boot_ns();
        while ((counts[0] == 0 || counts[1] == 0) && boot_ns() - start < 30 * kSecondNs) sched_yield();
        ASSERT_GT(counts[0], 0U);
    }

    // Bytes that reached the receiver's socket: counted, or still waiting in it; the block that is on its way between both is missing.
    uint64_t got_through(int connection) {
        if (!upload()) return counts[0];
        for (;;) {
            const uint64_t counted = counts[1];
            int waiting = 0;
            ioctl(connection, FIONREAD, &waiting);
            if (counts[1] == counted) return counted + static_cast<uint64_t>(waiting);
        }
    }

    // What a transfer moves after `act` returned, inside and outside.
    void expect_cut_by(const std::function<void(const TestSession&)>& act) {
        const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
        const auto session = harness().make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_TCP).tables());
        const pid_t inside = harness().start(&session, [&] {
            const Address to = address_of("127.0.0.1", peer.port);
            const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
            if (connect(fd.get(), to.get(), to.size)) return errno;
            pump(fd.get(), upload(), counts[0]);
            return 0;
        });
        const Fd connection(accept(peer.fd.get(), nullptr, nullptr));
        std::thread outside([&] { pump(connection.get(), !upload(), counts[1]); });
        wait_until_running();
        act(session);
        EXPECT_TRUE(ends_within(inside, 5000 * slack()));
        const uint64_t through = got_through(connection.get());
        EXPECT_FALSE(ends_within(getpid(), 200));
        EXPECT_LE(got_through(connection.get()), through + kBlock);
        shutdown(connection.get(), SHUT_RDWR);
        outside.join();
        kill(inside, SIGKILL);
        wait_for(inside);
        EXPECT_TRUE(exited(harness().run(session, [&] { return try_connect("127.0.0.1", peer.port, SOCK_STREAM); }), EPERM));
    }
};

void end_sockets(const TestSession& session) {
    (void)harness().kernel().destroy_sockets(-1, [&](const remit_stamp& stamp) { return stamp.session == session.id; });
}

TEST_P(Transfer, IsCutByRevocation) {
    expect_cut_by([](const TestSession& session) {
        session.words->state = REMIT_REVOKED;
        end_sockets(session);
    });
}

TEST_P(Transfer, IsCutWhenANewGenerationTakesTheGrantAway) {
    expect_cut_by([](const TestSession& session) {
        const uint32_t without_grant = session.tables_id + 100'000;
        ASSERT_TRUE(harness().kernel().publish_tables(without_grant, TablesBuilder().tables()));
        __atomic_store_n(&session.words->authority, 2ULL << 32 | without_grant, __ATOMIC_SEQ_CST);
        end_sockets(session);
    });
}

// Within a jiffy, as the clock is read once in it.
TEST_P(Transfer, IsCutWhenTheTimeIsUp) {
    expect_cut_by([](const TestSession& session) {
        __atomic_store_n(&session.words->expires_ns, boot_ns(), __ATOMIC_SEQ_CST);
        EXPECT_FALSE(ends_within(getpid(), 20));
        end_sockets(session);
    });
}

INSTANTIATE_TEST_SUITE_P(BothWays, Transfer, testing::Values(false, true),
                         [](const auto& info) { return std::string(info.param ? "Upload" : "Download"); });

// Options may name another place than the header's destination. They come late here, on a connection whose packets pass already.
TEST(Egress, DropsPacketsWithOptionsOnAConnectionThatRuns) {
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    const auto session = harness().make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_TCP).tables());
    constexpr size_t kPlain = 500;
    const pid_t inside = harness().start(&session, [&] {
        const Address to = address_of("127.0.0.1", peer.port);
        const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        const int on = 1;
        const linger reset{1, 0};
        const char no_operation[4] = {1, 1, 1, 0};
        setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        if (connect(fd.get(), to.get(), to.size)) return errno;
        for (size_t i = 0; i < kPlain; i++)
            if (send(fd.get(), "p", 1, 0) != 1) return 2;
        int under_way = 1;
        for (const uint64_t start = boot_ns(); under_way > 0 && boot_ns() - start < 5 * kSecondNs;) ioctl(fd.get(), TIOCOUTQ, &under_way);
        if (setsockopt(fd.get(), IPPROTO_IP, IP_OPTIONS, no_operation, sizeof(no_operation))) return 3;
        return send(fd.get(), "o", 1, 0) == 1 ? 0 : errno;
    });
    const Fd connection(accept(peer.fd.get(), nullptr, nullptr));
    std::vector<char> text(kPlain);
    EXPECT_EQ(recv(connection.get(), text.data(), text.size(), MSG_WAITALL), static_cast<ssize_t>(kPlain));
    pollfd more{connection.get(), POLLIN, 0};
    EXPECT_EQ(poll(&more, 1, 300), 0) << "a byte, or the connection's end, came in a packet with options";
    EXPECT_TRUE(exited(wait_for(inside), 0));
}

// The drop itself, without the courtesy: nothing gets through on a revoked socket though it lives.
TEST(Egress, DropsWhatARevokedSocketStillSends) {
    const Peer peer = listen_on("127.0.0.1", SOCK_DGRAM);
    const auto session = harness().make_session(TablesBuilder().grant(0).endpoint(0, "127.0.0.1", 32, peer.port, IPPROTO_UDP).tables());
    int go[2];
    ASSERT_EQ(pipe(go), 0);
    const pid_t inside = harness().start(&session, [&] {
        const Address to = address_of("127.0.0.1", peer.port);
        const Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
        if (connect(fd.get(), to.get(), to.size) || send(fd.get(), "1", 1, 0) != 1) return 2;
        char byte;
        if (read(go[0], &byte, 1) != 1) return 2;
        return send(fd.get(), "2", 1, 0) == 1 ? 0 : errno;
    });
    char text[2];
    ASSERT_EQ(recv(peer.fd.get(), text, sizeof(text), 0), 1);
    session.words->state = REMIT_REVOKED;
    ASSERT_EQ(write(go[1], "x", 1), 1);
    EXPECT_TRUE(exited(wait_for(inside), EPERM));
    EXPECT_EQ(recv(peer.fd.get(), text, sizeof(text), MSG_DONTWAIT), -1);
    close(go[0]);
    close(go[1]);
}

}  // namespace
}  // namespace remit::test
