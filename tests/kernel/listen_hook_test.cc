// hooks/listen.h and lib/own.h: who may be reached, and that a session reaches its own.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "kernel/harness.h"

namespace remit::test {
namespace {

constexpr uint16_t kTcpListener = IPPROTO_TCP | REMIT_LISTENS;
constexpr uint16_t kUdpListener = IPPROTO_UDP | REMIT_LISTENS;

class ListenHook : public testing::Test {
protected:
    Harness& harness = Harness::get();
    void SetUp() override { harness.events(); }
};

// A port that nobody listens on now.
uint16_t free_port() {
    return listen_on("127.0.0.1", SOCK_STREAM).port;
}

// Binds and listens; 0 or the errno of the step that failed.
int try_listen(const std::string& address, uint16_t port) {
    const Address local = address_of(address, port);
    const Fd fd(socket(local.family(), SOCK_STREAM, 0));
    const int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    return bind(fd.get(), local.get(), local.size) || listen(fd.get(), 8) ? errno : 0;
}

const remit_event* find(const std::vector<remit_event>& events, uint8_t crossing) {
    for (const auto& event : events)
        if (event.crossing == crossing) return &event;
    return nullptr;
}

TEST_F(ListenHook, PassesAGrantedListenerAndNoOther) {
    const uint16_t port = free_port();
    for (const char* address : {"0.0.0.0", "::"}) {
        const bool ipv4 = std::string(address) == "0.0.0.0";
        TablesBuilder tables;
        tables.grant(1).endpoint(1, ipv4 ? "0.0.0.0" : "::", ipv4 ? 0 : 128, port, kTcpListener);
        const auto session = harness.make_session(tables.tables());
        EXPECT_TRUE(exited(harness.run(session, [&] { return try_listen(address, port); }), 0)) << address;
        auto events = harness.events();
        ASSERT_EQ(events.size(), 1U) << address;
        EXPECT_EQ(events[0].crossing, REMIT_LISTEN);
        EXPECT_EQ(events[0].verdict, REMIT_ALLOW);
        EXPECT_EQ(events[0].port, port);
        EXPECT_EQ(events[0].protocol, IPPROTO_TCP);
        EXPECT_TRUE(exited(harness.run(session, [&] { return try_listen(address, port == 65535 ? 1025 : port + 1); }), EPERM)) << address;
        events = harness.events();
        ASSERT_NE(find(events, REMIT_LISTEN), nullptr);
        EXPECT_EQ(events[0].reason, REMIT_REASON_NO_TOOL);
        EXPECT_EQ(events[0].effect, REMIT_REFUSED);
        EXPECT_TRUE(exited(harness.run_outside([&] { return try_listen(address, port); }), 0)) << address;
        EXPECT_TRUE(harness.events().empty());
    }
}

TEST_F(ListenHook, AlwaysPassesLoopback) {
    const auto session = harness.make_session(TablesBuilder().tables());
    for (const char* address : {"127.0.0.1", "::1"}) {
        const uint16_t port = free_port();
        EXPECT_TRUE(exited(harness.run(session, [&] { return try_listen(address, port); }), 0)) << address;
        const auto events = harness.events();
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events[0].verdict, REMIT_ALLOW);
        EXPECT_TRUE(events[0].verdict_flags & REMIT_OF_ITS_OWN);
    }
}

// listen() on a socket without a name: the kernel picks a port on all addresses, and no hook on bind sees it.
int listen_unbound(int type, const std::function<int(uint16_t)>& then) {
    const Fd fd(socket(type, SOCK_STREAM, 0));
    if (listen(fd.get(), 8)) return errno;
    sockaddr_storage local{};
    socklen_t size = sizeof(local);
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&local), &size);
    return then(ntohs(reinterpret_cast<sockaddr_in*>(&local)->sin_port));
}

// Does somebody outside get through to the port within a moment? 0: yes.
int reach(uint16_t port) {
    const Address to = address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    if (connect(fd.get(), to.get(), to.size) && errno != EINPROGRESS) return errno;
    pollfd wait{fd.get(), POLLOUT, 0};
    if (poll(&wait, 1, quiet_ms()) != 1) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

TEST_F(ListenHook, NothingReachesAnUnboundListener) {
    const auto session = harness.make_session(TablesBuilder().tables());
    int ports[2];
    ASSERT_EQ(pipe(ports), 0);
    int done[2];
    ASSERT_EQ(pipe(done), 0);
    const pid_t child = harness.start(&session, [&] {
        close(done[1]);
        return listen_unbound(AF_INET, [&](uint16_t port) {
            char byte;
            if (write(ports[1], &port, sizeof(port)) != sizeof(port)) return 1;
            return static_cast<int>(read(done[0], &byte, 1));
        });
    });
    close(ports[1]);
    uint16_t port = 0;
    if (read(ports[0], &port, sizeof(port)) == sizeof(port)) {
        EXPECT_EQ(reach(port), ETIMEDOUT);
    }
    close(done[1]);
    const int status = wait_for(child);
    // The LSM tier refuses the call itself.
    EXPECT_TRUE(exited(status, harness.lsm() ? EACCES : 0)) << status;
    EXPECT_EQ(port != 0, !harness.lsm());
    const auto events = harness.events();
    ASSERT_NE(find(events, REMIT_LISTEN), nullptr);
    EXPECT_EQ(find(events, REMIT_LISTEN)->verdict, REMIT_DENY);
    EXPECT_EQ(find(events, REMIT_LISTEN)->effect, harness.lsm() ? REMIT_REFUSED : REMIT_DROPPED);
}

TEST_F(ListenHook, AGrantedListenerTakesConnectionsUntilTheGrantIsGone) {
    const uint16_t port = free_port();
    TablesBuilder granted;
    granted.grant(1).endpoint(1, "0.0.0.0", 0, port, kTcpListener);
    const auto session = harness.make_session(granted.tables());
    TablesBuilder empty;
    ASSERT_TRUE(harness.kernel().publish_tables(session.tables_id + 20000, empty.tables()).has_value());
    const pid_t child = harness.start(&session, [&] {
        const Address local = address_of("0.0.0.0", port);
        const Fd fd(socket(AF_INET, SOCK_STREAM, 0));
        const int one = 1;
        setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (bind(fd.get(), local.get(), local.size) || listen(fd.get(), 8)) return errno;
        const Fd taken(accept(fd.get(), nullptr, nullptr));
        char byte = 0;
        if (recv(taken.get(), &byte, 1, 0) != 1) return 101;
        pollfd more{taken.get(), POLLIN, 0};
        return poll(&more, 1, quiet_ms()) == 0 ? 0 : 102;  // the second byte never comes
    });
    const Address to = address_of("127.0.0.1", port);
    Fd fd(socket(AF_INET, SOCK_STREAM, 0));
    for (int i = 0; i < 2000 && connect(fd.get(), to.get(), to.size); i++) {
        fd = Fd(socket(AF_INET, SOCK_STREAM, 0));
        poll(nullptr, 0, 5);
    }
    ASSERT_EQ(send(fd.get(), "a", 1, MSG_NOSIGNAL), 1);
    for (int i = 0; i < 1000 && session.words->bytes_in < 200; i++) poll(nullptr, 0, 1);
    session.words->authority = 2ULL << 32 | (session.tables_id + 20000);
    ASSERT_EQ(send(fd.get(), "b", 1, MSG_NOSIGNAL), 1);
    EXPECT_TRUE(exited(wait_for(child), 0));
}

int bind_udp(const std::string& address, uint16_t port) {
    const Address local = address_of(address, port);
    const Fd fd(socket(local.family(), SOCK_DGRAM, 0));
    return bind(fd.get(), local.get(), local.size) ? errno : 0;
}

TEST_F(ListenHook, ADatagramSocketListensByItsPort) {
    const uint16_t port = listen_on("127.0.0.1", SOCK_DGRAM).port;
    const auto refused = harness.make_session(TablesBuilder().tables());
    EXPECT_TRUE(exited(harness.run(refused, [&] { return bind_udp("0.0.0.0", port); }), EPERM));
    EXPECT_TRUE(exited(harness.run(refused, [&] { return bind_udp("0.0.0.0", 0); }), 0));  // as clients do
    EXPECT_TRUE(exited(harness.run(refused, [&] { return bind_udp("127.0.0.1", port); }), 0));
    TablesBuilder tables;
    tables.grant(1).endpoint(1, "0.0.0.0", 0, port, kUdpListener);
    const auto session = harness.make_session(tables.tables());
    EXPECT_TRUE(exited(harness.run(session, [&] { return bind_udp("0.0.0.0", port); }), 0));
}

TEST_F(ListenHook, NoDatagramComesInUnasked) {
    TablesBuilder tables;
    const auto session = harness.make_session(tables.tables());
    int ports[2];
    ASSERT_EQ(pipe(ports), 0);
    const pid_t child = harness.start(&session, [&] {
        const Peer peer = listen_on("127.0.0.2", SOCK_DGRAM);  // no REMIT_RECEIVES: its port was not its own choice
        if (write(ports[1], &peer.port, sizeof(peer.port)) != sizeof(peer.port)) return 1;
        pollfd wait{peer.fd.get(), POLLIN, 0};
        return poll(&wait, 1, quiet_ms()) == 0 ? 0 : 2;
    });
    uint16_t port = 0;
    ASSERT_EQ(read(ports[0], &port, sizeof(port)), static_cast<ssize_t>(sizeof(port)));
    EXPECT_EQ(try_send("127.0.0.2", port), 0);
    EXPECT_TRUE(exited(wait_for(child), 0));
}

struct Kind {
    const char* name;
    const char* listener;
    const char* dialled;
    int type;
};
void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

class OwnPeer : public testing::TestWithParam<Kind> {
protected:
    Harness& harness = Harness::get();
    void SetUp() override { harness.events(); }

    // The listener lives in `server` (NULL: in no session), the caller in `client`; what connect and a first byte gave.
    int between(const TestSession* server, const TestSession& client) {
        const Kind& kind = GetParam();
        int ports[2], done[2];
        if (pipe(ports) || pipe(done)) return -1;
        const pid_t child = harness.start(server, [&] {
            close(done[1]);
            const Peer peer = listen_on(kind.listener, kind.type);
            char byte;
            if (write(ports[1], &peer.port, sizeof(peer.port)) != sizeof(peer.port)) return 1;
            return static_cast<int>(read(done[0], &byte, 1));
        });
        uint16_t port = 0;
        if (read(ports[0], &port, sizeof(port)) != sizeof(port)) return -1;
        const int status = harness.run(client, [&] { return try_connect(kind.dialled, port, kind.type); });
        for (int fd : {ports[0], ports[1], done[0], done[1]}) close(fd);
        wait_for(child);
        return WEXITSTATUS(status);
    }
};

TEST_P(OwnPeer, IsReachedWithoutARuleAtTheFirstTry) {
    const auto session = harness.make_session(TablesBuilder().tables());
    EXPECT_EQ(between(&session, session), 0);
    const auto events = harness.events();
    const remit_event* crossing = find(events, REMIT_CONNECT);
    ASSERT_NE(crossing, nullptr);
    EXPECT_EQ(crossing->verdict, REMIT_ALLOW);
    EXPECT_TRUE(crossing->verdict_flags & REMIT_OF_ITS_OWN);
}

TEST_P(OwnPeer, OthersOnTheSameAddressAreNot) {
    const auto session = harness.make_session(TablesBuilder().tables());
    const auto other = harness.make_session(TablesBuilder().tables());
    EXPECT_EQ(between(&other, session), EPERM);
    EXPECT_EQ(between(nullptr, session), EPERM);
}

TEST_P(OwnPeer, NotEvenItsOwnOnceRevoked) {
    const auto session = harness.make_session(TablesBuilder().tables());
    const Kind& kind = GetParam();
    int ports[2], done[2];
    ASSERT_EQ(pipe(ports) | pipe(done), 0);
    const pid_t child = harness.start(&session, [&] {
        close(done[1]);
        const Peer peer = listen_on(kind.listener, kind.type);
        char byte;
        if (write(ports[1], &peer.port, sizeof(peer.port)) != sizeof(peer.port)) return 1;
        return static_cast<int>(read(done[0], &byte, 1));
    });
    uint16_t port = 0;
    ASSERT_EQ(read(ports[0], &port, sizeof(port)), static_cast<ssize_t>(sizeof(port)));
    session.words->state = REMIT_REVOKED;
    EXPECT_TRUE(exited(harness.run(session, [&] { return try_connect(kind.dialled, port, kind.type); }), EPERM));
    close(done[1]);
    wait_for(child);
}

INSTANTIATE_TEST_SUITE_P(Loopback, OwnPeer,
                         testing::Values(Kind{"Tcp4", "127.0.0.1", "127.0.0.1", SOCK_STREAM},
                                         Kind{"Tcp4ByAny", "127.0.0.1", "0.0.0.0", SOCK_STREAM},
                                         Kind{"Tcp4In6", "127.0.0.1", "::ffff:127.0.0.1", SOCK_STREAM},
                                         Kind{"Tcp6", "::1", "::1", SOCK_STREAM}, Kind{"Udp4", "127.0.0.1", "127.0.0.1", SOCK_DGRAM},
                                         Kind{"Udp6", "::1", "::1", SOCK_DGRAM}),
                         [](const auto& info) { return std::string(info.param.name); });

// A socket that a process below the cgroup root, in no session, made; it comes over a pair of unix sockets.
Fd socket_from_outside(Harness& harness, int type) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return {};
    Fd made;
    harness.run_outside([&] { return send_fd(pair[0], socket(AF_INET, type, 0)) ? 0 : 1; });
    (void)receive_fd(pair[1], made);
    close(pair[0]);
    close(pair[1]);
    return made;
}

TEST(StrangeSocket, IsOfNoUseInASession) {
    Harness& harness = Harness::get();
    harness.events();
    const Peer tcp = listen_on("127.0.0.1", SOCK_STREAM);
    const Peer udp = listen_on("127.0.0.1", SOCK_DGRAM);
    TablesBuilder tables;
    tables.grant(1).endpoint(1, "127.0.0.1", 32, 0, IPPROTO_TCP);
    const auto session = harness.make_session(tables.tables());
    const Fd stream = socket_from_outside(harness, SOCK_STREAM);
    const Fd datagram = socket_from_outside(harness, SOCK_DGRAM);
    ASSERT_TRUE(stream && datagram);
    const Address to_tcp = address_of("127.0.0.1", tcp.port), to_udp = address_of("127.0.0.1", udp.port);
    const int expected = harness.lsm() ? EACCES : EPERM;
    EXPECT_TRUE(exited(harness.run(session, [&] { return connect(stream.get(), to_tcp.get(), to_tcp.size) ? errno : 0; }), expected));
    auto events = harness.events();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events[0].reason, REMIT_REASON_FOREIGN);
    EXPECT_TRUE(exited(harness.run(session, [&] { return sendto(datagram.get(), "x", 1, 0, to_udp.get(), to_udp.size) == 1 ? 0 : errno; }),
                       expected));
    ASSERT_EQ(connect(stream.get(), to_tcp.get(), to_tcp.size), 0);
    if (harness.lsm()) {  // the base tier sees no call on a connection: said by doctor
        EXPECT_TRUE(exited(harness.run(session, [&] { return send(stream.get(), "x", 1, MSG_NOSIGNAL) == 1 ? 0 : errno; }), EACCES));
    }
    EXPECT_TRUE(exited(harness.run(session, [&] { return try_connect("127.0.0.1", tcp.port, SOCK_STREAM); }), 0));
}

}  // namespace
}  // namespace remit::test
