#include "names/server.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/clock.h"

namespace remit::names {
namespace {

// A question is a header, a name, and perhaps options.
constexpr size_t kMaxQuestionBytes = 4096;
constexpr size_t kMaxStreamAnswer = 65535;
constexpr size_t kMaxConnections = 512;
constexpr size_t kMaxConnectionsOfOne = 16;
constexpr uint64_t kIdleNs = 10 * kSecondNs;
// Datagrams served a round.
constexpr int kRound = 64;

Source source_of(const sockaddr_storage& from, uint16_t protocol) {
    Source source{.protocol = protocol};
    if (from.ss_family == AF_INET) {
        const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&from);
        source.address[10] = source.address[11] = 0xff;
        std::memcpy(source.address.data() + 12, &ipv4->sin_addr, 4);
        source.port = ntohs(ipv4->sin_port);
    } else if (from.ss_family == AF_INET6) {
        const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&from);
        std::memcpy(source.address.data(), &ipv6->sin6_addr, 16);
        source.port = ntohs(ipv6->sin6_port);
    }
    return source;
}

}  // namespace

Server::Server(Reactor reactor, Sockets sockets, WhoAsks who_asks, OnQuestion on_question)
    : reactor_(std::move(reactor)), sockets_(std::move(sockets)), who_asks_(std::move(who_asks)), on_question_(std::move(on_question)) {}

Result<std::unique_ptr<Server>> Server::make(Reactor reactor, Sockets sockets, WhoAsks who_asks, OnQuestion on_question) {
    std::unique_ptr<Server> server(new Server(std::move(reactor), std::move(sockets), std::move(who_asks), std::move(on_question)));
    if (auto begun = server->begin(); !begun) return std::move(begun).error();
    return server;
}

Server::~Server() {
    *alive_ = false;
    for (const Fd* fd : {&sockets_.udp4, &sockets_.udp6, &sockets_.tcp4, &sockets_.tcp6})
        if (*fd) reactor_.unwatch(fd->get());
    for (const auto& [number, connection] : connections_) reactor_.unwatch(connection.fd.get());
}

Result<void> Server::begin() {
    for (const Fd* fd : {&sockets_.udp4, &sockets_.udp6}) {
        if (!*fd) continue;
        if (auto done = reactor_.watch(fd->get(), EPOLLIN, [this, at = fd->get()](uint32_t) { on_datagrams(at); }); !done) return done;
    }
    for (const Fd* fd : {&sockets_.tcp4, &sockets_.tcp6}) {
        if (!*fd) continue;
        if (auto done = reactor_.watch(fd->get(), EPOLLIN, [this, at = fd->get()](uint32_t) { on_connections(at); }); !done) return done;
    }
    return {};
}

void Server::on_datagrams(int fd) {
    std::array<uint8_t, kMaxQuestionBytes> buffer;
    for (int i = 0; i < kRound; i++) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const ssize_t count = ::recvfrom(fd, buffer.data(), buffer.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&from), &size);
        if (count < 0) return;
        if (static_cast<size_t>(count) > buffer.size()) continue;
        on_datagram(fd, {buffer.data(), static_cast<size_t>(count)}, source_of(from, IPPROTO_UDP));
    }
}

void Server::on_datagram(int fd, View message, const Source& source) {
    const uint64_t who = who_asks_(source);
    if (who == 0) return;
    Reply reply = [this, alive = alive_, fd, source](const Bytes& answer) {
        if (!*alive) return;
        sockaddr_storage to{};
        socklen_t size = sizeof(sockaddr_in);
        if (fd == sockets_.udp4.get()) {
            auto* ipv4 = reinterpret_cast<sockaddr_in*>(&to);
            ipv4->sin_family = AF_INET;
            ipv4->sin_port = htons(source.port);
            std::memcpy(&ipv4->sin_addr, source.address.data() + 12, 4);
        } else {
            auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&to);
            ipv6->sin6_family = AF_INET6;
            ipv6->sin6_port = htons(source.port);
            std::memcpy(&ipv6->sin6_addr, source.address.data(), 16);
            size = sizeof(sockaddr_in6);
        }
        (void)::sendto(fd, answer.data(), answer.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
    };
    const auto parsed = parse_question(message);
    if (const auto* question = std::get_if<Question>(&parsed)) return on_question_(who, source, *question, std::move(reply));
    const auto& bad = std::get<BadQuestion>(parsed);
    if (!bad.silent) reply(compose_error(bad));
}

// Of one session only so many, and of all: the oldest goes.
bool Server::makes_room(uint64_t who) {
    if (std::ranges::count_if(connections_, [&](const auto& each) { return each.second.who == who; }) >=
        static_cast<std::ptrdiff_t>(kMaxConnectionsOfOne))
        return false;
    if (connections_.size() >= kMaxConnections) drop(connections_.begin()->first);
    return true;
}

void Server::on_connections(int listener) {
    for (int i = 0; i < kRound; i++) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        Fd fd(::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) return;
        const Source source = source_of(from, IPPROTO_TCP);
        const uint64_t who = who_asks_(source);
        if (who == 0 || !makes_room(who)) continue;
        const uint64_t number = next_++;
        if (!reactor_.watch(fd.get(), EPOLLIN, [this, number](uint32_t) { on_stream(number); })) continue;
        connections_.emplace(number, Connection{std::move(fd), who, source, {}, boot_ns()});
        if (!sweeps_) drop_idle();
    }
}

void Server::on_stream(uint64_t number) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    Connection& connection = found->second;
    std::array<uint8_t, kMaxQuestionBytes> buffer;
    const ssize_t count = ::recv(connection.fd.get(), buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return drop(number);
    connection.heard_ns = boot_ns();
    connection.in.insert(connection.in.end(), buffer.begin(), buffer.begin() + count);
    if (!take_messages(number, connection)) drop(number);
}

// false: what came is no question.
bool Server::take_messages(uint64_t number, Connection& connection) {
    size_t at = 0;
    std::vector<Question> questions;
    while (connection.in.size() - at >= 2) {
        const size_t length = static_cast<size_t>(connection.in[at]) << 8 | connection.in[at + 1];
        if (length > kMaxQuestionBytes) return false;
        if (connection.in.size() - at - 2 < length) break;
        const auto parsed = parse_question(View(connection.in).subspan(at + 2, length));
        const auto* question = std::get_if<Question>(&parsed);
        if (!question) return false;
        questions.push_back(*question);
        questions.back().largest = kMaxStreamAnswer;
        at += 2 + length;
    }
    connection.in.erase(connection.in.begin(), connection.in.begin() + static_cast<std::ptrdiff_t>(at));
    const uint64_t who = connection.who;
    const Source source = connection.source;
    for (const Question& question : questions) {
        on_question_(who, source, question, [this, alive = alive_, number](const Bytes& answer) {
            if (!*alive) return;
            const auto found = connections_.find(number);
            if (found == connections_.end()) return;
            Bytes framed{static_cast<uint8_t>(answer.size() >> 8), static_cast<uint8_t>(answer.size())};
            framed.insert(framed.end(), answer.begin(), answer.end());
            // The kernel's buffer holds many answers: who does not read them is let go.
            const ssize_t sent = ::send(found->second.fd.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
            if (sent != static_cast<ssize_t>(framed.size())) ::shutdown(found->second.fd.get(), SHUT_RDWR);
        });
    }
    return true;
}

void Server::drop(uint64_t number) {
    const auto found = connections_.find(number);
    if (found == connections_.end()) return;
    reactor_.unwatch(found->second.fd.get());
    connections_.erase(found);
}

void Server::drop_idle() {
    const uint64_t now = boot_ns();
    std::vector<uint64_t> idle;
    for (const auto& [number, connection] : connections_)
        if (now - connection.heard_ns > kIdleNs) idle.push_back(number);
    for (const uint64_t number : idle) drop(number);
    sweeps_ = !connections_.empty();
    if (sweeps_)
        reactor_.after(kIdleNs / 2, [this, alive = alive_] {
            if (*alive) drop_idle();
        });
}

}  // namespace remit::names
