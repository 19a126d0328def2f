// lib/flow.h and the close of sockets: bytes and packets by tool and endpoint, and whose a socket is or was.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

#include "base/clock.h"
#include "kernel/harness.h"

namespace remit::test {
namespace {

Harness& harness() {
    return Harness::get();
}

std::vector<remit_flow> flows_of(const TestSession& session) {
    return harness().kernel().flows(session.id, session.words->flows);
}

struct Sum {
    uint64_t bytes_out = 0, bytes_in = 0, packets_out = 0, packets_in = 0;
    bool operator==(const Sum&) const = default;
};

Sum sum_of(const std::vector<remit_flow>& flows) {
    Sum sum;
    for (const remit_flow& flow : flows) {
        sum.bytes_out += flow.bytes_out;
        sum.bytes_in += flow.bytes_in;
        sum.packets_out += flow.packets_out;
        sum.packets_in += flow.packets_in;
    }
    return sum;
}

Sum sum_of(const TestSession& session) {
    const remit_session& words = *session.words;
    return {words.bytes_out, words.bytes_in, words.packets_out, words.packets_in};
}

// The last packets of a connection come after its process has closed it.
bool settles(const TestSession& session) {
    const uint64_t deadline = boot_ns() + 5 * kSecondNs * static_cast<uint64_t>(slack());
    while (sum_of(flows_of(session)) != sum_of(session) || sum_of(session).packets_out == 0) {
        if (boot_ns() > deadline) return false;
        poll(nullptr, 0, 10);
    }
    return true;
}

std::array<__u8, 16> bytes_of(const Address& address) {
    std::array<__u8, 16> bytes{};
    if (address.family() == AF_INET6) {
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr, 16);
    } else {
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr, 4);
    }
    return bytes;
}

uint16_t port_of(const Address& address) {
    return ntohs(address.family() == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_port
                                              : reinterpret_cast<const sockaddr_in*>(address.get())->sin_port);
}

std::optional<remit_closed> closed_socket(const remit_ends& ends) {
    for (const remit_closed& each : harness().kernel().closed_from(ends.local_port))
        if (std::memcmp(&each.ends, &ends, sizeof(ends)) == 0) return each;
    return std::nullopt;
}

bool write_whole(int fd, size_t bytes) {
    const std::string text(bytes, 'x');
    for (size_t at = 0; at < bytes;) {
        const ssize_t written = write(fd, text.data() + at, bytes - at);
        if (written <= 0) return false;
        at += static_cast<size_t>(written);
    }
    return true;
}

size_t read_until_end(int fd) {
    std::array<char, 65536> piece{};
    size_t all = 0;
    for (ssize_t got = 0; (got = read(fd, piece.data(), piece.size())) > 0;) all += static_cast<size_t>(got);
    return all;
}

TEST(Flow, BytesOfAConnectionAreItsToolsAndItsEndpoints) {
    for (const char* address : {"127.0.0.1", "::1"}) {
        const Peer peer = listen_on(address, SOCK_STREAM);
        const uint32_t bits = std::string(address).find(':') == std::string::npos ? 32 : 128;
        const auto session = harness().make_session(TablesBuilder().grant(7).endpoint(7, address, bits, peer.port, IPPROTO_TCP).tables());
        const pid_t child = harness().start(&session, [&] {
            const Address to = address_of(address, peer.port);
            const Fd fd(socket(to.family(), SOCK_STREAM, 0));
            if (connect(fd.get(), to.get(), to.size) || !write_whole(fd.get(), 300'000)) return errno;
            shutdown(fd.get(), SHUT_WR);
            return read_until_end(fd.get()) == 100'000 ? 0 : 1;
        });
        {
            const Fd taken(accept(peer.fd.get(), nullptr, nullptr));
            EXPECT_EQ(read_until_end(taken.get()), 300'000U);
            EXPECT_TRUE(write_whole(taken.get(), 100'000));
        }
        EXPECT_TRUE(exited(wait_for(child), 0));
        EXPECT_TRUE(settles(session)) << address;
        const auto flows = flows_of(session);
        ASSERT_EQ(flows.size(), 1U) << address;
        EXPECT_EQ(flows[0].tool, 7);
        EXPECT_EQ(flows[0].port, peer.port);
        EXPECT_EQ(flows[0].protocol, IPPROTO_TCP);
        EXPECT_EQ(std::memcmp(flows[0].address, bytes_of(address_of(address, 0)).data(), 16), 0);
        EXPECT_GT(flows[0].bytes_out, 300'000U);
        EXPECT_LT(flows[0].bytes_out, 400'000U);
        EXPECT_GT(flows[0].bytes_in, 100'000U);
        EXPECT_LT(flows[0].bytes_in, 200'000U);
    }
}

TEST(Flow, WhatIsRefusedIsNotCounted) {
    const Peer peer = listen_on("127.0.0.1", SOCK_DGRAM);
    const auto session = harness().make_session(TablesBuilder().tables());
    EXPECT_TRUE(exited(harness().run(session, [&] { return try_send("127.0.0.1", peer.port); }), EPERM));
    EXPECT_EQ(sum_of(session), Sum{});
    EXPECT_TRUE(flows_of(session).empty());
}

TEST(Flow, OneDatagramSocketHasAsManyAsItSendsTo) {
    const Peer one = listen_on("127.0.0.1", SOCK_DGRAM), two = listen_on("127.0.0.2", SOCK_DGRAM);
    const auto session = harness().make_session(TablesBuilder()
                                                    .grant(1)
                                                    .grant(2)
                                                    .endpoint(1, "127.0.0.1", 32, one.port, IPPROTO_UDP)
                                                    .endpoint(2, "127.0.0.2", 32, two.port, IPPROTO_UDP)
                                                    .tables());
    EXPECT_TRUE(exited(harness().run(session,
                                     [&] {
                                         const Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
                                         const Address first = address_of("127.0.0.1", one.port),
                                                       second = address_of("127.0.0.2", two.port);
                                         for (int i = 0; i < 6; i++) {
                                             const Address& to = i % 3 == 0 ? first : second;
                                             if (sendto(fd.get(), "12345", 5, 0, to.get(), to.size) != 5) return errno;
                                         }
                                         return 0;
                                     }),
                       0));
    EXPECT_TRUE(settles(session));
    std::array<uint64_t, 3> packets{};
    for (const remit_flow& flow : flows_of(session)) packets.at(flow.tool) += flow.packets_out;
    EXPECT_EQ(packets, (std::array<uint64_t, 3>{0, 2, 4}));
}

TEST(Flow, ManyEndpointsAreToldApartByToolAndNothingIsLost) {
    constexpr uint32_t kEndpoints = REMIT_MAX_FLOWS_PER_SESSION + 40;
    const auto session = harness().make_session(TablesBuilder().grant(3).endpoint(3, "127.0.0.0", 8, 0, IPPROTO_UDP).tables());
    EXPECT_TRUE(exited(harness().run(session,
                                     [] {
                                         for (uint32_t i = 0; i < kEndpoints; i++) {
                                             const Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
                                             const Address to = address_of("127.0.0.1", static_cast<uint16_t>(20000 + i));
                                             if (sendto(fd.get(), "1", 1, 0, to.get(), to.size) != 1) return errno;
                                         }
                                         return 0;
                                     }),
                       0));
    EXPECT_TRUE(settles(session));
    EXPECT_EQ(session.words->flows, uint32_t{REMIT_MAX_FLOWS_PER_SESSION});
    uint64_t others = 0;
    const auto flows = flows_of(session);
    for (const remit_flow& flow : flows) {
        EXPECT_EQ(flow.tool, 3);
        if (flow.protocol == 0) others += flow.packets_out;
    }
    EXPECT_EQ(flows.size(), size_t{REMIT_MAX_FLOWS_PER_SESSION} + 1);
    EXPECT_EQ(others, kEndpoints - REMIT_MAX_FLOWS_PER_SESSION);

    size_t seen = 0;
    harness().kernel().each_flow([&](uint64_t id, const remit_flow&) { seen += id == session.id; });
    EXPECT_EQ(seen, flows.size());
    harness().kernel().drop_flows(session.id, session.words->flows);
    EXPECT_TRUE(flows_of(session).empty());
}

// A connection of a session, open until it is told.
TEST(Sockets, AreKnownByTheirEndsWhileTheyAreOpenAndAfterwards) {
    for (const char* address : {"127.0.0.1", "::1"}) {
        const Peer peer = listen_on(address, SOCK_STREAM);
        const uint32_t bits = std::string(address).find(':') == std::string::npos ? 32 : 128;
        const auto session = harness().make_session(TablesBuilder().grant(7).endpoint(7, address, bits, peer.port, IPPROTO_TCP).tables());
        const pid_t child = harness().start(&session, [&] {
            const Address to = address_of(address, peer.port);
            const Fd fd(socket(to.family(), SOCK_STREAM, 0));
            if (connect(fd.get(), to.get(), to.size)) return errno;
            return read_until_end(fd.get()) == 0 ? 0 : 1;
        });
        Address from;
        from.size = sizeof(from.storage);
        Fd taken(accept(peer.fd.get(), from.get(), &from.size));
        remit_ends ends{};
        std::memcpy(ends.local, bytes_of(from).data(), 16);
        std::memcpy(ends.remote, bytes_of(address_of(address, 0)).data(), 16);
        ends.local_port = port_of(from);
        ends.remote_port = peer.port;
        ends.protocol = IPPROTO_TCP;

        const auto open = harness().kernel().sockets_from(-1, ends.local_port);
        ASSERT_TRUE(open) << open.error().message;
        ASSERT_EQ(open->size(), 1U) << "the other end is of no session";
        EXPECT_EQ(std::memcmp(&(*open)[0].ends, &ends, sizeof(ends)), 0);
        EXPECT_EQ((*open)[0].stamp.session, session.id);
        EXPECT_EQ((*open)[0].stamp.tool, 7);
        EXPECT_EQ((*open)[0].stamp.pid, static_cast<uint32_t>(child));
        EXPECT_FALSE(closed_socket(ends));

        taken = Fd();
        EXPECT_TRUE(exited(wait_for(child), 0));
        const auto closed = closed_socket(ends);
        ASSERT_TRUE(closed) << address;
        EXPECT_EQ(closed->stamp.session, session.id);
        EXPECT_EQ(closed->stamp.pid, static_cast<uint32_t>(child));
        EXPECT_GE(closed->closed_ns, closed->stamp.asked_ns);
    }
}

// With a peer of its own, and without: then by the endpoint that it was judged for last.
TEST(Sockets, OfDatagramsAreKnownWhileTheyAreOpen) {
    for (const char* address : {"127.0.0.1", "::1"}) {
        for (const bool connected : {true, false}) {
            const Peer peer = listen_on(address, SOCK_DGRAM);
            const uint32_t bits = std::string(address).find(':') == std::string::npos ? 32 : 128;
            const auto session =
                harness().make_session(TablesBuilder().grant(7).endpoint(7, address, bits, peer.port, IPPROTO_UDP).tables());
            int go_on[2];
            ASSERT_EQ(pipe(go_on), 0);
            const pid_t child = harness().start(&session, [&] {
                const Address to = address_of(address, peer.port);
                const Fd fd(socket(to.family(), SOCK_DGRAM, 0));
                if (connected && connect(fd.get(), to.get(), to.size)) return errno;
                if (sendto(fd.get(), "x", 1, 0, connected ? nullptr : to.get(), connected ? 0 : to.size) != 1) return errno;
                close(go_on[1]);
                char byte = 0;
                return read(go_on[0], &byte, 1) == 0 ? 0 : 1;
            });
            Address from;
            from.size = sizeof(from.storage);
            char byte = 0;
            ASSERT_EQ(recvfrom(peer.fd.get(), &byte, 1, 0, from.get(), &from.size), 1);
            const auto open = harness().kernel().sockets_from(-1, port_of(from));
            ASSERT_TRUE(open) << open.error().message;
            ASSERT_EQ(open->size(), 1U) << address;
            remit_ends ends{};
            std::memcpy(ends.local, bytes_of(connected ? from : address_of(bits == 32 ? "0.0.0.0" : "::", 0)).data(), 16);
            std::memcpy(ends.remote, bytes_of(address_of(address, 0)).data(), 16);
            ends.local_port = port_of(from);
            ends.remote_port = peer.port;
            ends.protocol = IPPROTO_UDP;
            EXPECT_EQ(std::memcmp(&(*open)[0].ends, &ends, sizeof(ends)), 0) << address << connected;
            EXPECT_EQ((*open)[0].stamp.session, session.id);
            EXPECT_EQ((*open)[0].stamp.tool, 7);
            EXPECT_EQ((*open)[0].stamp.pid, static_cast<uint32_t>(child));
            close(go_on[0]);
            close(go_on[1]);
            EXPECT_TRUE(exited(wait_for(child), 0));
            const auto after = harness().kernel().sockets_from(-1, ends.local_port);
            EXPECT_TRUE(after && after->empty());
        }
    }
}

TEST(Sockets, OfNoSessionAreNotRemembered) {
    const Peer peer = listen_on("127.0.0.1", SOCK_STREAM);
    uint16_t port = 0;
    const Address to = address_of("127.0.0.1", peer.port);
    {
        const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        ASSERT_EQ(connect(fd.get(), to.get(), to.size), 0);
        Address from;
        from.size = sizeof(from.storage);
        ASSERT_EQ(getsockname(fd.get(), from.get(), &from.size), 0);
        port = port_of(from);
        const Fd datagrams(socket(AF_INET, SOCK_DGRAM, 0));
        ASSERT_EQ(bind(datagrams.get(), from.get(), from.size), 0);
        const auto open = harness().kernel().sockets_from(-1, port);
        ASSERT_TRUE(open);
        EXPECT_TRUE(open->empty());
    }
    remit_ends ends{};
    std::memcpy(ends.local, bytes_of(to).data(), 16);
    std::memcpy(ends.remote, bytes_of(to).data(), 16);
    ends.local_port = port;
    ends.remote_port = peer.port;
    ends.protocol = IPPROTO_TCP;
    EXPECT_FALSE(closed_socket(ends));
}

}  // namespace
}  // namespace remit::test
