// Sessions below sessions: what the line above gives on, decided, taken and stopped in the kernel. No daemon runs here.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/harness.h"

namespace remit::test {
namespace {

constexpr uint16_t kGiven = 1, kKept = 2, kLimited = 3;

Harness& harness() {
    return Harness::get();
}

remit_grant uses(uint32_t count, bool delegable = true) {
    remit_grant grant{};
    grant.max_uses = count;
    grant.flags = delegable ? REMIT_GRANT_DELEGABLE : 0;
    return grant;
}

// A line of sessions under one policy: kGiven may be passed on, kKept may not.
class Delegation : public testing::TestWithParam<int> {
protected:
    Peer given = listen_on("127.0.0.1", type()), kept = listen_on("127.0.0.2", type()), limited = listen_on("127.0.0.3", type());
    std::vector<TestSession> line;

    static int type() { return GetParam(); }
    static uint16_t protocol() { return type() == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP; }
    TablesBuilder policy() {
        TablesBuilder builder;
        return builder.delegable(kGiven)
            .grant(kKept)
            .endpoint(kGiven, "127.0.0.1", 32, given.port, protocol())
            .endpoint(kKept, "127.0.0.2", 32, kept.port, protocol())
            .endpoint(kLimited, "127.0.0.3", 32, limited.port, protocol());
    }
    void make_line(size_t length, const Tables& tables) {
        for (size_t i = 0; i < length; i++) {
            const TestSession parent = line.empty() ? TestSession{} : line.back();
            line.push_back(harness().make_session(tables, line.empty() ? nullptr : &parent));
        }
        harness().events();
    }
    int reach(const TestSession& session, const Peer& peer) {
        const std::string address = &peer == &given ? "127.0.0.1" : &peer == &kept ? "127.0.0.2" : "127.0.0.3";
        return harness().run(session, [&] { return try_connect(address.c_str(), peer.port, type()); });
    }
    uint8_t last_reason() {
        const auto events = harness().events();
        return events.empty() ? 0xff : events.back().reason;
    }
};

TEST_P(Delegation, PassesOnWhatEveryAncestorMay) {
    make_line(3, policy().tables());
    for (const TestSession& each : line) EXPECT_TRUE(exited(reach(each, given), 0));
    EXPECT_TRUE(exited(reach(line[0], kept), 0));
    harness().events();
    for (const TestSession* below : {&line[1], &line[2]}) {
        EXPECT_TRUE(exited(reach(*below, kept), EPERM));
        EXPECT_EQ(last_reason(), REMIT_REASON_NOT_DELEGATED);
    }
}

TEST_P(Delegation, ChargesTheWholeLineOrNothing) {
    // Each of the line has 3 uses of its own.
    make_line(3, policy().grant(kLimited, uses(3)).tables());
    EXPECT_TRUE(exited(reach(line[2], limited), 0));
    EXPECT_TRUE(exited(reach(line[1], limited), 0));
    EXPECT_TRUE(exited(reach(line[0], limited), 0));
    // The first has none left: nobody below may, and nobody loses one by trying.
    harness().events();
    for (int i = 0; i < 5; i++) EXPECT_TRUE(exited(reach(line[2], limited), EPERM));
    EXPECT_EQ(last_reason(), REMIT_REASON_MAX_USES);
    harness().kernel().drop_use_counter(line[0].id, 0);
    ASSERT_TRUE(harness().kernel().make_use_counter(line[0].id, 0).has_value());
    EXPECT_TRUE(exited(reach(line[2], limited), 0));  // the third of the second's, the second of its own
    EXPECT_TRUE(exited(reach(line[2], limited), EPERM));
}

TEST_P(Delegation, ALimitedGrantThatIsNotGivenOnIsNone) {
    make_line(2, policy().grant(kLimited, uses(3, false)).tables());
    EXPECT_TRUE(exited(reach(line[1], limited), EPERM));
    EXPECT_EQ(last_reason(), REMIT_REASON_NOT_DELEGATED);
    for (int i = 0; i < 3; i++) EXPECT_TRUE(exited(reach(line[0], limited), 0));
}

TEST_P(Delegation, RevokingOneTakesAllBelow) {
    make_line(3, policy().tables());
    line[1].words->state = REMIT_REVOKED;
    EXPECT_TRUE(exited(reach(line[0], given), 0));
    harness().events();
    for (const TestSession* each : {&line[1], &line[2]}) {
        EXPECT_TRUE(exited(reach(*each, given), EPERM));
        EXPECT_EQ(last_reason(), REMIT_REASON_REVOKED);
    }
    line[1].words->state = REMIT_ARMED;
    EXPECT_TRUE(exited(reach(line[2], given), 0));
    line[0].words->expires_ns = boot_ns();
    EXPECT_TRUE(exited(reach(line[2], given), EPERM));
    EXPECT_EQ(last_reason(), REMIT_REASON_EXPIRED);
    line[0].words->expires_ns = 0;
    line[0].words->id++;  // its slot is another session's
    EXPECT_TRUE(exited(reach(line[2], given), EPERM));
    line[0].words->id--;
}

TEST_P(Delegation, WhatIsDoneBelowIsSeenAbove) {
    // Who was at kGiven may no longer be at kKept.
    make_line(2, policy().deny_after(kKept, kGiven, false).tables());
    EXPECT_TRUE(exited(reach(line[0], kept), 0));
    EXPECT_TRUE(exited(reach(line[1], given), 0));
    harness().events();
    EXPECT_TRUE(exited(reach(line[0], kept), EPERM));
    EXPECT_EQ(last_reason(), REMIT_REASON_DENIED);
}

TEST_P(Delegation, ADenyThatBitesAboveBitesBelow) {
    make_line(2, policy().deny_after(kGiven, kKept, false).tables());
    EXPECT_TRUE(exited(reach(line[1], given), 0));
    EXPECT_TRUE(exited(reach(line[0], kept), 0));
    harness().events();
    EXPECT_TRUE(exited(reach(line[1], given), EPERM));
    EXPECT_EQ(last_reason(), REMIT_REASON_DENIED);
}

INSTANTIATE_TEST_SUITE_P(Sockets, Delegation, testing::Values(SOCK_STREAM, SOCK_DGRAM),
                         [](const auto& each) { return std::string(each.param == SOCK_DGRAM ? "Udp" : "Tcp"); });

TEST(DelegationOfPrograms, TheLineJudgesThemToo) {
    const Tables tables = TablesBuilder().delegable(kGiven).grant(kKept).tables();
    const TestSession above = harness().make_session(tables);
    const TestSession below = harness().make_session(tables, &above);
    for (const TestSession* each : {&above, &below}) {
        ASSERT_TRUE(harness().know(*each, "/usr/bin/true", only(kGiven)));
        ASSERT_TRUE(harness().know(*each, "/usr/bin/id", only(kKept)));
    }
    const auto runs = [&](const TestSession& session, const char* path) { return harness().run(session, [&] { return try_exec(path); }); };
    EXPECT_TRUE(exited(runs(below, "/usr/bin/true"), 0));
    EXPECT_TRUE(exited(runs(above, "/usr/bin/id"), 0));
    const int status = runs(below, "/usr/bin/id");
    EXPECT_TRUE(harness().lsm() ? exited(status, EACCES) : killed(status));
    const auto events = harness().events();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().reason, REMIT_REASON_NOT_DELEGATED);
    EXPECT_EQ(events.back().session, below.id);
}

// An open connection of a session below ends with what is above it, at its next packet.
TEST(DelegationOfSockets, DieWithWhatIsAbove) {
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    const Tables tables = TablesBuilder().delegable(kGiven).endpoint(kGiven, "127.0.0.1", 32, peer.port, IPPROTO_TCP).tables();
    const TestSession above = harness().make_session(tables);
    const TestSession below = harness().make_session(tables, &above);
    int go[2], told[2];
    ASSERT_EQ(pipe(go) | pipe(told), 0);
    const pid_t pid = harness().start(&below, [&] {
        const Address to = address_of("127.0.0.1", peer.port);
        const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        char byte = static_cast<char>(connect(fd.get(), to.get(), to.size) ? errno : 0);
        if (write(told[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) return 1;
        return send(fd.get(), "after", 5, MSG_NOSIGNAL) == 5 ? 0 : 2;
    });
    char byte = 1;
    ASSERT_EQ(read(told[0], &byte, 1), 1);
    ASSERT_EQ(byte, 0);
    const Fd accepted(accept(peer.fd.get(), nullptr, nullptr));
    ASSERT_TRUE(accepted);
    above.words->state = REMIT_REVOKED;
    const auto dropped = [&] {
        uint64_t sum = 0;
        for (const auto& each : harness().kernel().totals()) sum += each.dropped_packets;
        return sum;
    };
    const uint64_t before = dropped();
    ASSERT_EQ(write(go[1], &byte, 1), 1);
    EXPECT_TRUE(exited(wait_for(pid), 0));
    EXPECT_GT(dropped(), before);
    char data[8];
    EXPECT_EQ(recv(accepted.get(), data, sizeof data, MSG_DONTWAIT), -1);
    for (int fd : {go[0], go[1], told[0], told[1]}) close(fd);
}

// The line is bounded: what is longer than it can be passes nothing.
TEST(DelegationOfSockets, ALineThatNeverEndsRefuses) {
    const Peer peer = listen_on("127.0.0.1", SOCK_DGRAM);
    const Tables tables = TablesBuilder().delegable(kGiven).endpoint(kGiven, "127.0.0.1", 32, peer.port, IPPROTO_UDP).tables();
    const TestSession session = harness().make_session(tables);
    EXPECT_TRUE(exited(harness().run(session, [&] { return try_send("127.0.0.1", peer.port); }), 0));
    session.words->parent_id = session.id;
    session.words->parent = session.slot;
    EXPECT_TRUE(exited(harness().run(session, [&] { return try_send("127.0.0.1", peer.port); }), EPERM));
    session.words->parent = 0;
}

}  // namespace
}  // namespace remit::test
