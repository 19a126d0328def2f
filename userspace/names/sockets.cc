// The resolver's sockets: all of them at one port, so that one number says where it is.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "names/server.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71  // Linux 5.14
#endif

namespace remit::names {
namespace {

constexpr int kBacklog = 64;
constexpr int kTries = 16;

bool bind_loopback(int fd, int family, uint16_t port) {
    if (family == AF_INET) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    const int one = 1;
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    return ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0 &&
           ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

uint16_t port_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    return ntohs(address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in*>(&address)->sin_port
                                              : reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
}

// Nothing where the namespace has no such address; another port is to be tried where this one is taken.
Result<Fd> open_one(int family, int type, uint16_t port, bool& taken) {
    Fd fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return Fd();
    const int one = 1;
    // A restarted daemon goes on at the port where connections of the last one may still be remembered.
    if (type == SOCK_STREAM) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (!bind_loopback(fd.get(), family, port)) {
        if (errno == EADDRNOTAVAIL) return Fd();
        taken = errno == EADDRINUSE;
        return errno_error("bind the resolver to loopback port", std::to_string(port));
    }
    if (type == SOCK_STREAM && ::listen(fd.get(), kBacklog) != 0) {
        taken = errno == EADDRINUSE;
        return errno_error("listen on the resolver's port", std::to_string(port));
    }
    return fd;
}

Result<Sockets> open_at(uint16_t port, bool& taken) {
    Sockets sockets;
    sockets.port = port;
    struct Wanted {
        Fd& fd;
        int family;
        int type;
    };
    for (const Wanted& wanted : {Wanted{sockets.udp4, AF_INET, SOCK_DGRAM}, Wanted{sockets.tcp4, AF_INET, SOCK_STREAM},
                                 Wanted{sockets.udp6, AF_INET6, SOCK_DGRAM}, Wanted{sockets.tcp6, AF_INET6, SOCK_STREAM}}) {
        auto opened = open_one(wanted.family, wanted.type, sockets.port, taken);
        if (!opened) return std::move(opened).error();
        wanted.fd = *std::move(opened);
        if (wanted.fd && sockets.port == 0) sockets.port = port_of(wanted.fd.get());
    }
    const Fd& any = sockets.udp4 ? sockets.udp4 : sockets.udp6;
    if (!any) return Error{Code::kUnsupported, "the network namespace has no loopback address", "ip link set lo up"};
    socklen_t size = sizeof sockets.netns;
    if (::getsockopt(any.get(), SOL_SOCKET, SO_NETNS_COOKIE, &sockets.netns, &size) != 0)
        return errno_error("read the network namespace's cookie");
    return sockets;
}

}  // namespace

Result<Sockets> open_sockets(uint16_t port) {
    for (int tries = 0;; tries++) {
        bool taken = false;
        auto opened = open_at(tries == 0 ? port : 0, taken);
        if (opened || !taken || tries == kTries) return opened;
    }
}

}  // namespace remit::names
