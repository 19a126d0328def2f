// The operations that benchmarks time, each nanoseconds an operation, and the network that they are done in.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>

#include "bench/worker.h"

namespace remit::bench {

inline double per_operation(int count, const std::function<void()>& operation) {
    const uint64_t start = boot_ns();
    for (int i = 0; i < count; i++) operation();
    return static_cast<double>(boot_ns() - start) / count;
}

// One reused UDP socket: isolates the hook. A refused one is the session's only; its twins pass.
inline double connect_udp(const std::string& address, uint16_t port, int count) {
    const auto to = test::address_of(address, port);
    const Fd fd(socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return per_operation(count, [&] { (void)!connect(fd.get(), to.get(), to.size); });
}

inline Fd connected_tcp(const test::Address& to) {
    Fd fd(socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const linger at_once{1, 0};
    setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    (void)!connect(fd.get(), to.get(), to.size);
    return fd;
}

inline double connect_tcp(uint16_t port, int count, const std::string& address = "127.0.0.1") {
    const auto to = test::address_of(address, port);
    return per_operation(count, [&] { connected_tcp(to); });
}

// A connection to a listener of the caller's own, from connect to accept.
inline double accept_tcp(int count) {
    const auto own = test::listen_on("127.0.0.1", SOCK_STREAM);
    const auto to = test::address_of("127.0.0.1", own.port);
    return per_operation(count, [&] {
        const Fd client = connected_tcp(to);
        const Fd server(accept4(own.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
    });
}

// Each by the socket's call with an address; a session's is judged once, where it is allowed.
inline double send_udp(uint16_t port, int count) {
    const auto to = test::address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return per_operation(count, [&] { (void)!sendto(fd.get(), "x", 1, MSG_DONTWAIT, to.get(), to.size); });
}

// Packets of a socket that was judged when it connected.
inline double send_connected(uint16_t port, int count) {
    const auto to = test::address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (connect(fd.get(), to.get(), to.size)) return 0;
    return per_operation(count, [&] { (void)!send(fd.get(), "x", 1, MSG_DONTWAIT); });
}

struct AbstractName {
    sockaddr_un address{};
    socklen_t size;
    explicit AbstractName(const std::string& name) : size(static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())) {
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path + 1, name.data(), name.size());
    }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

inline double connect_unix(const std::string& name, int count) {
    const AbstractName to(name);
    return per_operation(count, [&] {
        const Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        (void)!connect(fd.get(), to.get(), to.size);
    });
}

// Nanoseconds a megabyte through one TCP connection to a peer that reads.
inline double transfer(uint16_t port, size_t megabytes) {
    static char block[1 << 20];
    const auto to = test::address_of("127.0.0.1", port);
    const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(fd.get(), to.get(), to.size)) return 0;
    return per_operation(static_cast<int>(megabytes), [&] {
        for (size_t sent = 0; sent < sizeof(block);) {
            const ssize_t moved = send(fd.get(), block + sent, sizeof(block) - sent, MSG_NOSIGNAL);
            if (moved <= 0) return;
            sent += static_cast<size_t>(moved);
        }
    });
}

inline double spawn(const std::string& path, int count) {
    std::string program = path;
    char* const arguments[] = {program.data(), nullptr};
    char* const environment[] = {nullptr};
    return per_operation(count, [&] {
        pid_t pid = 0;
        if (posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environment) == 0) test::wait_for(pid);
    });
}

// Of lo in a network namespace of this process's own, as all of 10.0.0.0/8 then is: endpoints that are not loopback, where a session can
// have no peers of its own.
constexpr const char* kElsewhere = "10.0.0.1";

inline bool enter_network() {
    if (unshare(CLONE_NEWNET)) return false;
    const Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq up{}, elsewhere{};
    std::strcpy(up.ifr_name, "lo");
    up.ifr_flags = IFF_UP;
    std::strcpy(elsewhere.ifr_name, "lo:1");
    const auto address = test::address_of(kElsewhere, 0);
    std::memcpy(&elsewhere.ifr_addr, address.get(), sizeof(elsewhere.ifr_addr));
    return ioctl(any.get(), SIOCSIFFLAGS, &up) == 0 && ioctl(any.get(), SIOCSIFADDR, &elsewhere) == 0;
}

// Takes away what waits at a listener that does not block, all of it closed by its peers.
inline void empty_queue(int listener) {
    while (Fd(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC))) {
    }
}

// Takes connections and reads them until the listener is shut down.
inline void accept_and_read(int listener) {
    static char block[1 << 20];
    for (;;) {
        const Fd connection(accept(listener, nullptr, nullptr));
        if (!connection) return;
        while (recv(connection.get(), block, sizeof(block), 0) > 0) {
        }
    }
}

}  // namespace remit::bench
