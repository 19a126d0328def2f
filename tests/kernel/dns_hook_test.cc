// hooks/dns.h: what names bound, and DNS that goes to the daemon's resolver.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <ostream>

#include "base/clock.h"
#include "kernel/harness.h"
#include "names/server.h"

namespace remit::test {
namespace {

using Bytes16 = std::array<uint8_t, 16>;
constexpr uint32_t kZone = 100;
constexpr uint64_t kMinuteNs = 60 * kSecondNs;

Harness& harness() {
    return Harness::get();
}

Bytes16 bytes_of(const std::string& text) {
    const Address address = address_of(text, 0);
    Bytes16 bytes{};
    if (address.family() == AF_INET6) {
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr, 16);
    } else {
        bytes[10] = bytes[11] = 0xff;
        std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr, 4);
    }
    return bytes;
}

// A session to which a name bound an address, for tool 5 at one port.
TestSession bound_session(const TablesBuilder& tables, const std::string& address, uint16_t port, uint64_t until_ns) {
    const auto session = harness().make_session(tables.tables());
    const Tables::Port ports[] = {{kZone, IPPROTO_TCP, port, 16, only(5)}, {kZone, IPPROTO_UDP, port, 16, only(5)}};
    EXPECT_TRUE(harness().kernel().push_ports(session.tables_id, ports));
    EXPECT_TRUE(harness().kernel().push_name(session.id, session.tables_id, bytes_of(address), kZone, until_ns));
    return session;
}

TEST(DnsHook, ABoundAddressIsGoodForItsSessionAndItsTime) {
    for (const char* address : {"127.0.0.9", "::1"}) {
        const Peer peer = listen_on(address, SOCK_STREAM);
        const auto tries = [&](const TestSession& session) {
            return harness().run(session, [&] { return try_connect(address, peer.port, SOCK_STREAM); });
        };
        const auto names = TablesBuilder().names().grant(5);
        harness().events();
        EXPECT_TRUE(exited(tries(bound_session(names, address, peer.port, boot_ns() + kMinuteNs)), 0)) << address;
        EXPECT_EQ(harness().events().at(0).tool, 5);
        EXPECT_TRUE(exited(tries(harness().make_session(names.tables())), EPERM)) << "another session's";
        EXPECT_TRUE(exited(tries(bound_session(names, address, peer.port, boot_ns())), EPERM)) << "its time is over";
        EXPECT_TRUE(exited(tries(bound_session(TablesBuilder().grant(5), address, peer.port, boot_ns() + kMinuteNs)), EPERM))
            << "a policy without names";
        EXPECT_TRUE(exited(tries(bound_session(names, address, static_cast<uint16_t>(peer.port ^ 1), boot_ns() + kMinuteNs)), EPERM))
            << "another port";
    }
}

TEST(DnsHook, ANameComesBeforeTheAddress) {
    const Peer peer = listen_on("127.0.0.9", SOCK_STREAM);
    const auto tables = TablesBuilder().names().grant(2).endpoint(2, "127.0.0.9", 32, 0, IPPROTO_TCP);
    const auto session = bound_session(tables, "127.0.0.9", peer.port, boot_ns() + kMinuteNs);
    harness().events();
    EXPECT_TRUE(exited(harness().run(session, [&] { return try_connect("127.0.0.9", peer.port, SOCK_STREAM); }), EPERM));
    EXPECT_EQ(harness().events().at(0).reason, REMIT_REASON_NOT_GRANTED) << "the daemon puts the address rules into the name's zone";
    harness().kernel().drop_name(session.id, session.tables_id, bytes_of("127.0.0.9"));
    EXPECT_TRUE(exited(harness().run(session, [&] { return try_connect("127.0.0.9", peer.port, SOCK_STREAM); }), 0));
}

// The name is over and the policy's generation another one: what is open goes on, what is new does not begin.
TEST(DnsHook, AnOpenConnectionOutlivesItsName) {
    const Peer peer = listen_on("127.0.0.9", SOCK_STREAM);
    const auto session = bound_session(TablesBuilder().names().grant(5), "127.0.0.9", peer.port, boot_ns() + kMinuteNs);
    int go[2], done[2];
    ASSERT_EQ(pipe(go), 0);
    ASSERT_EQ(pipe(done), 0);
    const pid_t pid = harness().start(&session, [&] {
        const Address to = address_of("127.0.0.9", peer.port);
        const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        char byte = 'x';
        if (connect(fd.get(), to.get(), to.size) || write(done[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) return 1;
        if (send(fd.get(), &byte, 1, 0) != 1) return 2;
        return recv(fd.get(), &byte, 1, 0) == 1 ? try_connect("127.0.0.9", peer.port, SOCK_STREAM) : 3;
    });
    char byte = 0;
    ASSERT_EQ(read(done[0], &byte, 1), 1);
    const Fd accepted(accept(peer.fd.get(), nullptr, nullptr));
    EXPECT_TRUE(harness().kernel().push_name(session.id, session.tables_id, bytes_of("127.0.0.9"), kZone, boot_ns()));
    session.words->authority += 1ULL << 32;
    ASSERT_EQ(write(go[1], "x", 1), 1);
    pollfd waiting{accepted.get(), POLLIN, 0};
    ASSERT_EQ(poll(&waiting, 1, 5000 * slack()), 1) << "the packet on the stale socket passes";
    ASSERT_EQ(recv(accepted.get(), &byte, 1, 0), 1);
    ASSERT_EQ(send(accepted.get(), "y", 1, 0), 1);
    EXPECT_TRUE(exited(wait_for(pid), EPERM)) << "and a new connection is none";
    for (const int fd : {go[0], go[1], done[0], done[1]}) close(fd);
}

// The resolver's sockets, marked and told to the kernel; answers "ok" to whoever is in a session, and says who that was.
class TestResolver {
public:
    explicit TestResolver(bool marked = true) {
        auto opened = names::open_sockets(0);
        EXPECT_TRUE(opened);
        sockets_ = *std::move(opened);
        remit_asking mark{};
        mark.is_resolver = 1;
        for (const Fd* fd : {&sockets_.udp4, &sockets_.tcp4, &sockets_.udp6, &sockets_.tcp6}) {
            if (!marked) break;
            EXPECT_TRUE(harness().kernel().mark_resolver(fd->get(), mark));
        }
        EXPECT_TRUE(harness().kernel().set_resolver(
            sockets_.netns, {.port = sockets_.port, .families = REMIT_RESOLVES_4 | REMIT_RESOLVES_6, .reserved = 0}));
    }
    TestResolver(const TestResolver&) = delete;
    TestResolver& operator=(const TestResolver&) = delete;
    ~TestResolver() { harness().kernel().drop_resolver(sockets_.netns); }

    // Serves one query; whose it was.
    std::optional<remit_asker> serve(int type) {
        pollfd waiting[2] = {{(type == SOCK_DGRAM ? sockets_.udp4 : sockets_.tcp4).get(), POLLIN, 0},
                             {(type == SOCK_DGRAM ? sockets_.udp6 : sockets_.tcp6).get(), POLLIN, 0}};
        if (poll(waiting, 2, 5000 * slack()) < 1) return std::nullopt;
        const int fd = waiting[0].revents ? waiting[0].fd : waiting[1].fd;
        Address from;
        from.size = sizeof from.storage;
        char byte = 0;
        if (type == SOCK_DGRAM) {
            if (recvfrom(fd, &byte, 1, 0, from.get(), &from.size) != 1) return std::nullopt;
            sendto(fd, "ok", 2, 0, from.get(), from.size);
            return asker_of(from, IPPROTO_UDP);
        }
        const Fd connection(accept(fd, from.get(), &from.size));
        if (recv(connection.get(), &byte, 1, 0) != 1) return std::nullopt;
        send(connection.get(), "ok", 2, 0);
        return asker_of(from, IPPROTO_TCP);
    }
    uint16_t port() const { return sockets_.port; }

private:
    std::optional<remit_asker> asker_of(const Address& from, uint16_t protocol) const {
        remit_asker_key key{};
        key.netns = sockets_.netns;
        key.protocol = protocol;
        key.port = ntohs(reinterpret_cast<const sockaddr_in*>(from.get())->sin_port);
        char text[INET6_ADDRSTRLEN];
        if (from.family() == AF_INET)
            inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(from.get())->sin_addr, text, sizeof text);
        else
            inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(from.get())->sin6_addr, text, sizeof text);
        const Bytes16 bytes = bytes_of(text);
        std::memcpy(key.address, bytes.data(), sizeof key.address);
        return harness().kernel().asker_of(key);
    }

    names::Sockets sockets_;
};

bool is_at(const Address& address, const std::string& text, uint16_t port) {
    const Address wanted = address_of(text, port);
    if (address.family() != wanted.family()) return false;
    if (address.family() == AF_INET) return std::memcmp(address.get(), wanted.get(), 8) == 0;
    const auto *a = reinterpret_cast<const sockaddr_in6*>(address.get()), *b = reinterpret_cast<const sockaddr_in6*>(wanted.get());
    return a->sin6_port == b->sin6_port && std::memcmp(&a->sin6_addr, &b->sin6_addr, 16) == 0;
}

struct Way {
    const char* name;
    const char* server;
    int type;
    bool connected;
};

void PrintTo(const Way& way, std::ostream* out) {
    *out << way.name;
}

// One byte to port 53 and the answer to it: 0, an errno, or from 200 on what was wrong with whom it seemed to come from.
int ask(const Way& way) {
    const Address to = address_of(way.server, 53);
    const Fd fd(socket(to.family(), way.type, 0));
    char answer[2];
    Address seen;
    seen.size = sizeof seen.storage;
    if (way.connected) {
        if (connect(fd.get(), to.get(), to.size)) return errno;
        if (getpeername(fd.get(), seen.get(), &seen.size) || !is_at(seen, way.server, 53)) return 200;
        if (send(fd.get(), "q", 1, 0) != 1) return errno;
        return recv(fd.get(), answer, 2, MSG_WAITALL) == 2 ? 0 : 201;
    }
    if (sendto(fd.get(), "q", 1, 0, to.get(), to.size) != 1) return errno;
    if (recvfrom(fd.get(), answer, 2, 0, seen.get(), &seen.size) != 2) return 202;
    return is_at(seen, way.server, 53) ? 0 : 203;
}

class DnsRedirect : public testing::TestWithParam<Way> {
protected:
    void SetUp() override { harness().events(); }
};

TEST_P(DnsRedirect, GoesToTheResolverAndIsSeenAsWhatWasMeant) {
    const Way& way = GetParam();
    TestResolver resolver;
    const auto session = harness().make_session(TablesBuilder().names().tables());
    const pid_t pid = harness().start(&session, [&] { return ask(way); });
    const auto asker = resolver.serve(way.type);
    const int status = wait_for(pid);
    EXPECT_TRUE(exited(status, 0)) << "status " << WEXITSTATUS(status);
    ASSERT_TRUE(asker);
    EXPECT_EQ(asker->session, session.id);
    EXPECT_EQ(asker->pid, static_cast<uint32_t>(pid));
    EXPECT_TRUE(harness().events().empty()) << "the look-up is the crossing, not the way to the resolver";
}

TEST_P(DnsRedirect, IsJudgedAsAnAddressWithoutAResolverOrNames) {
    const Way& way = GetParam();
    const auto names = harness().make_session(TablesBuilder().names().tables());
    EXPECT_TRUE(exited(harness().run(names, [&] { return ask(way); }), EPERM)) << "no resolver";
    {
        TestResolver resolver(false);
        EXPECT_TRUE(exited(harness().run(names, [&] { return ask(way); }), EPERM)) << "somebody else at its port";
    }
    TestResolver resolver;
    const auto addresses = harness().make_session(TablesBuilder().tables());
    EXPECT_TRUE(exited(harness().run(addresses, [&] { return ask(way); }), EPERM)) << "no names in the policy";
    names.words->state = REMIT_REVOKED;
    EXPECT_TRUE(exited(harness().run(names, [&] { return ask(way); }), EPERM)) << "revoked";
    for (const remit_event& event : harness().events()) EXPECT_EQ(event.port, 53);
}

INSTANTIATE_TEST_SUITE_P(Ways, DnsRedirect,
                         testing::Values(Way{"Udp4", "192.0.2.53", SOCK_DGRAM, true}, Way{"Udp4Send", "192.0.2.53", SOCK_DGRAM, false},
                                         Way{"Tcp4", "192.0.2.53", SOCK_STREAM, true}, Way{"Udp6", "2001:db8::53", SOCK_DGRAM, true},
                                         Way{"Udp6Send", "2001:db8::53", SOCK_DGRAM, false}, Way{"Tcp6", "2001:db8::53", SOCK_STREAM, true},
                                         Way{"Udp4In6", "::ffff:192.0.2.53", SOCK_DGRAM, true},
                                         Way{"Udp4In6Send", "::ffff:192.0.2.53", SOCK_DGRAM, false},
                                         Way{"Tcp4In6", "::ffff:192.0.2.53", SOCK_STREAM, true},
                                         Way{"Loopback", "127.0.0.53", SOCK_DGRAM, true}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(DnsHook, ProcessesOutsideAreLeftAlone) {
    harness().events();
    TestResolver resolver;
    const Peer peer = listen_on("127.0.0.9", SOCK_DGRAM);
    EXPECT_TRUE(exited(harness().run_outside([&] {
        const Address to = address_of("127.0.0.9", 53);
        const Fd fd(socket(AF_INET, SOCK_DGRAM, 0));
        Address seen;
        seen.size = sizeof seen.storage;
        if (connect(fd.get(), to.get(), to.size) || getpeername(fd.get(), seen.get(), &seen.size)) return errno;
        send(fd.get(), "q", 1, 0);
        char byte;
        return is_at(seen, "127.0.0.9", 53) && recv(fd.get(), &byte, 1, 0) < 0 ? errno : 200;
    }),
                       ECONNREFUSED));
    EXPECT_TRUE(harness().events().empty());
}

// A lookup takes nothing, gives nothing, and is recorded once it is done or refused.
TEST(DnsHook, ALookUpIsJudgedByTheToolsOfItsName) {
    const auto session = harness().make_session(TablesBuilder().names().grant(5).tables());
    const auto resolve = [&](const remit_toolset& toolset, uint32_t flags) {
        remit_lookup lookup{};
        lookup.toolset = toolset;
        lookup.session = session.id;
        lookup.slot = session.slot;
        lookup.boot_ns = boot_ns();
        lookup.flags = flags;
        lookup.type = 28;
        std::strcpy(lookup.name, "git.example");
        EXPECT_TRUE(harness().kernel().resolve(lookup));
        return lookup;
    };
    harness().events();
    EXPECT_TRUE(resolve(only(5), REMIT_LOOKUP_LAST).passes);
    EXPECT_TRUE(harness().events().empty());
    const remit_lookup done = resolve(only(5), REMIT_LOOKUP_DONE | REMIT_LOOKUP_LAST);
    auto events = harness().events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].crossing, REMIT_RESOLVE);
    EXPECT_EQ(events[0].n, done.n);
    EXPECT_EQ(events[0].type, 28);
    EXPECT_STREQ(events[0].path, "git.example");
    EXPECT_EQ(events[0].effect, REMIT_PASSED);
    EXPECT_EQ(session.words->seen[0], 0U);
    EXPECT_FALSE(resolve(only(6), REMIT_LOOKUP_DONE).passes);
    EXPECT_TRUE(harness().events().empty()) << "another set of tools may let it pass";
    EXPECT_FALSE(resolve({}, REMIT_LOOKUP_LAST).passes);
    events = harness().events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].reason, REMIT_REASON_NO_TOOL);
    EXPECT_EQ(events[0].effect, REMIT_REFUSED);
    session.words->state = REMIT_REVOKED;
    EXPECT_FALSE(resolve(only(5), REMIT_LOOKUP_LAST).passes);
}

}  // namespace
}  // namespace remit::test
