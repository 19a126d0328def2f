#include "kernel/model_peers.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

namespace remit::test {
namespace {

struct Endpoint {
    const char* listens;
    const char* dialled;
    int type;
};
constexpr Endpoint kWhere[kEndpoints] = {
    {"127.0.0.10", "127.0.0.10", SOCK_DGRAM},
    {"127.0.0.11", "127.0.0.11", SOCK_DGRAM},
    {"::1", "::1", SOCK_DGRAM},
    {"127.0.0.12", "127.0.0.12", SOCK_STREAM},
    {"127.0.0.13", "::ffff:127.0.0.13", SOCK_STREAM},
    {"127.0.0.14", "::ffff:127.0.0.14", SOCK_DGRAM},
};

bool wait_readable(int fd, int ms) {
    pollfd wanted{fd, POLLIN, 0};
    return poll(&wanted, 1, ms) == 1;
}

}  // namespace

ModelPeers::ModelPeers() {
    for (const Endpoint& where : kWhere) {
        peers_.push_back(listen_on(where.listens, where.type));
        fcntl(peers_.back().fd.get(), F_SETFL, O_NONBLOCK);
    }
}

Address ModelPeers::address(int endpoint) const {
    return address_of(kWhere[endpoint].dialled, peers_[static_cast<size_t>(endpoint)].port);
}

void ModelPeers::cover(TablesBuilder& tables, uint16_t tool, int endpoint) const {
    const Endpoint& where = kWhere[endpoint];
    tables.endpoint(tool, where.listens, is_ipv6(endpoint) ? 128 : 32, peers_[static_cast<size_t>(endpoint)].port,
                    where.type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP);
}

bool ModelPeers::is_ipv6(int endpoint) {
    return std::strchr(kWhere[endpoint].listens, ':') != nullptr;
}

bool ModelPeers::can_be_named_by(const SocketModel& socket, int endpoint) {
    const bool six = std::strchr(kWhere[endpoint].dialled, ':') != nullptr;
    if (kWhere[endpoint].type != socket.type || six != (socket.family == AF_INET6)) return false;
    return socket.peer == kNone || is_ipv6(endpoint) == is_ipv6(socket.peer);
}

bool ModelPeers::accept_from(int socket, int endpoint, uint16_t port) {
    if (!wait_readable(fd(endpoint), port ? 5000 * slack() : 0)) return port == 0;
    Address from;
    from.size = sizeof(from.storage);
    Fd taken(accept4(fd(endpoint), from.get(), &from.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!taken || ntohs(reinterpret_cast<sockaddr_in*>(&from.storage)->sin_port) != port) return false;
    accepted_[socket] = std::move(taken);
    return true;
}

bool ModelPeers::arrives(int fd, uint64_t number, bool expected) {
    while (wait_readable(fd, expected ? 5000 * slack() : 0)) {
        uint64_t got = 0;
        if (recv(fd, &got, sizeof(got), 0) != sizeof(got)) break;
        arrived_.insert(got);
        if (got == number) return true;
    }
    if (!expected) forbidden_.push_back(number);
    return false;
}

std::vector<uint64_t> ModelPeers::late() {
    for (int i = 0; i < kEndpoints; i++) {
        uint64_t number = 0;
        while (kWhere[i].type == SOCK_DGRAM && recv(fd(i), &number, sizeof(number), 0) == sizeof(number)) arrived_.insert(number);
    }
    std::vector<uint64_t> late;
    for (const uint64_t number : forbidden_)
        if (arrived_.contains(number)) late.push_back(number);
    return late;
}

}  // namespace remit::test
