// hooks/net.h: connect, sendmsg and socket creation, each refused and with its allowed twin.
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <ostream>

#include "kernel/harness.h"

namespace remit::test {
namespace {

struct Case {
    const char* name;
    const char* listener;  // where the peer waits
    const char* dialled;   // how the session names it
    const char* rule;      // what the policy grants
    uint32_t bits;
    int type;
};

// For the names of tests: without it they carry the addresses of the texts.
void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

class NetHook : public testing::TestWithParam<Case> {
protected:
    Harness& harness = Harness::get();
    void SetUp() override { harness.events(); }
};

uint16_t protocol_of(const Case& c) {
    return c.type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
}

TEST_P(NetHook, PassesAGrantedEndpoint) {
    const Case& c = GetParam();
    const Peer peer = listen_on(c.listener, c.type);
    const auto session = harness.make_session(TablesBuilder().grant(3).endpoint(3, c.rule, c.bits, peer.port, protocol_of(c)).tables());
    EXPECT_TRUE(exited(harness.run(session, [&] { return try_connect(c.dialled, peer.port, c.type); }), 0));
    const auto events = harness.events();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].crossing, REMIT_CONNECT);
    EXPECT_EQ(events[0].verdict, REMIT_ALLOW);
    EXPECT_EQ(events[0].effect, REMIT_PASSED);
    EXPECT_EQ(events[0].port, peer.port);
    EXPECT_EQ(events[0].tool, 3);
    EXPECT_EQ(session.words->refused, 0U);
}

TEST_P(NetHook, RefusesTheSameEndpointUngranted) {
    const Case& c = GetParam();
    const Peer peer = listen_on(c.listener, c.type);
    const auto session = harness.make_session(TablesBuilder().endpoint(3, c.rule, c.bits, peer.port, protocol_of(c)).tables());
    EXPECT_TRUE(exited(harness.run(session, [&] { return try_connect(c.dialled, peer.port, c.type); }), EPERM));
    const auto events = harness.events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].reason, REMIT_REASON_NOT_GRANTED);
    EXPECT_EQ(events[0].effect, REMIT_REFUSED);
}

TEST_P(NetHook, RefusesAnotherPort) {
    const Case& c = GetParam();
    const Peer granted = listen_on(c.listener, c.type);
    const Peer other = listen_on(c.listener, c.type);
    const auto session = harness.make_session(TablesBuilder().grant(3).endpoint(3, c.rule, c.bits, granted.port, protocol_of(c)).tables());
    EXPECT_TRUE(exited(harness.run(session, [&] { return try_connect(c.dialled, other.port, c.type); }), EPERM));
    EXPECT_EQ(harness.events().at(0).reason, REMIT_REASON_NO_TOOL);
}

TEST_P(NetHook, PassesATaskInNoSession) {
    const Case& c = GetParam();
    const Peer peer = listen_on(c.listener, c.type);
    EXPECT_TRUE(exited(harness.run_outside([&] { return try_connect(c.dialled, peer.port, c.type); }), 0));
    EXPECT_TRUE(harness.events().empty());
}

INSTANTIATE_TEST_SUITE_P(Endpoints, NetHook,
                         testing::Values(Case{"Tcp4", "127.0.0.1", "127.0.0.1", "127.0.0.0", 8, SOCK_STREAM},
                                         Case{"Udp4", "127.0.0.1", "127.0.0.1", "127.0.0.1", 32, SOCK_DGRAM},
                                         Case{"Tcp6", "::1", "::1", "::1", 128, SOCK_STREAM},
                                         Case{"Udp6", "::1", "::1", "::1", 128, SOCK_DGRAM},
                                         Case{"Tcp4In6", "127.0.0.1", "::ffff:127.0.0.1", "127.0.0.0", 8, SOCK_STREAM},
                                         Case{"Udp4In6", "127.0.0.1", "::ffff:127.0.0.1", "127.0.0.0", 8, SOCK_DGRAM}),
                         [](const auto& info) { return std::string(info.param.name); });

class SendHook : public NetHook {};

TEST_P(SendHook, JudgesTheFirstDatagramToAnEndpointAndNoFurther) {
    const Case& c = GetParam();
    const Peer peer = listen_on(c.listener, SOCK_DGRAM);
    const auto session = harness.make_session(TablesBuilder().grant(0).endpoint(0, c.rule, c.bits, peer.port, IPPROTO_UDP).tables());
    EXPECT_TRUE(exited(harness.run(session,
                                   [&] {
                                       const Address to = address_of(c.dialled, peer.port);
                                       const Fd fd(socket(to.family(), SOCK_DGRAM, 0));
                                       for (int i = 0; i < 10; i++)
                                           if (sendto(fd.get(), "x", 1, 0, to.get(), to.size) != 1) return errno;
                                       return 0;
                                   }),
                       0));
    const auto events = harness.events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].crossing, REMIT_SEND);
    EXPECT_EQ(events[0].verdict, REMIT_ALLOW);
}

TEST_P(SendHook, RefusesAnUngrantedEndpoint) {
    const Case& c = GetParam();
    const Peer peer = listen_on(c.listener, SOCK_DGRAM);
    const auto session = harness.make_session(TablesBuilder().tables());
    EXPECT_TRUE(exited(harness.run(session, [&] { return try_send(c.dialled, peer.port); }), EPERM));
    EXPECT_EQ(harness.events().at(0).reason, REMIT_REASON_NO_TOOL);
    EXPECT_TRUE(exited(harness.run_outside([&] { return try_send(c.dialled, peer.port); }), 0));
}

INSTANTIATE_TEST_SUITE_P(Datagrams, SendHook,
                         testing::Values(Case{"Udp4", "127.0.0.1", "127.0.0.1", "127.0.0.0", 8, SOCK_DGRAM},
                                         Case{"Udp6", "::1", "::1", "::1", 128, SOCK_DGRAM},
                                         Case{"Udp4In6", "127.0.0.1", "::ffff:127.0.0.1", "127.0.0.1", 32, SOCK_DGRAM}),
                         [](const auto& info) { return std::string(info.param.name); });

// Endpoints of a policy whose places are taken, in the kernel's memory of those that were seen before.
size_t places_of(const TestSession& session) {
    return rows_of<remit_found_key>("found", session.tables_id);
}

TEST(SeenEndpoints, AreJudgedTheSameAgainAndStayWithinTheirPlaces) {
    Harness& harness = Harness::get();
    const auto tables = TablesBuilder().grant(0).endpoint(0, "127.0.0.0", 9, 0, IPPROTO_UDP).tables();
    const auto session = harness.make_session(tables);
    const auto connect_to_many = [] {
        const Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
        for (uint32_t i = 0; i < 2 * REMIT_FOUND_PLACES; i++) {
            const bool granted = i % 2 == 0;
            const auto to = address_of((granted ? "127.1." : "127.129.") + std::to_string(i / 256) + "." + std::to_string(i % 256), 9);
            const int error = connect(fd.get(), to.get(), to.size) ? errno : 0;
            if (error != (granted ? 0 : EPERM)) return 1;
        }
        return 0;
    };
    for (int time = 0; time < 2; time++) EXPECT_TRUE(exited(harness.run(session, connect_to_many), 0));
    EXPECT_GT(places_of(session), REMIT_FOUND_PLACES / 2);
    EXPECT_LE(places_of(session), REMIT_FOUND_PLACES);
    harness.kernel().withdraw_tables(session.tables_id, tables);
    EXPECT_EQ(places_of(session), 0U);
    harness.events();
}

TEST(SocketHook, RefusesSocketsThatNoLaterHookJudges) {
    Harness& harness = Harness::get();
    harness.events();
    const auto session = harness.make_session(TablesBuilder().tables());
    struct {
        int family, type, protocol;
    } const kinds[] = {{AF_INET, SOCK_RAW, IPPROTO_ICMP}, {AF_INET6, SOCK_RAW, IPPROTO_TCP}, {AF_INET, SOCK_STREAM, IPPROTO_MPTCP}};
    for (const auto& kind : kinds) {
        const auto attempt = [&] { return Fd(socket(kind.family, kind.type, kind.protocol)) ? 0 : errno; };
        const int outside = harness.run_outside(attempt);
        if (!exited(outside, 0)) continue;  // this kernel has no such protocol
        EXPECT_TRUE(exited(harness.run(session, attempt), EPERM)) << kind.family << " " << kind.type << " " << kind.protocol;
        // In the LSM tier root has no NET_RAW to get so far with: a notice, and no crossing.
        const auto events = harness.events();
        const bool noticed = harness.lsm() && kind.type == SOCK_RAW;
        ASSERT_FALSE(events.empty());
        EXPECT_EQ(events[0].crossing, noticed ? REMIT_TOUCHED : REMIT_SOCKET);
        if (!noticed) {
            EXPECT_EQ(events[0].reason, REMIT_REASON_FAMILY);
        }
    }
    // Other families: the LSM tier's; in the base tier the launcher's filter refuses them.
    const auto packet = [] { return Fd(socket(AF_PACKET, SOCK_RAW, 0)) ? 0 : errno; };
    const auto route = [] { return Fd(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)) ? 0 : errno; };
    if (harness.lsm() && exited(harness.run_outside(packet), 0)) {
        EXPECT_TRUE(exited(harness.run(session, packet), EPERM));
        EXPECT_EQ(harness.events().at(0).reason, REMIT_REASON_FAMILY);
    }
    EXPECT_TRUE(exited(harness.run(session, route), 0));
    EXPECT_TRUE(exited(harness.run(session, [] { return Fd(socket(AF_INET, SOCK_STREAM, 0)) ? 0 : errno; }), 0));
    EXPECT_TRUE(exited(harness.run(session, [] { return Fd(socket(AF_INET6, SOCK_DGRAM, 0)) ? 0 : errno; }), 0));
}

}  // namespace
}  // namespace remit::test
