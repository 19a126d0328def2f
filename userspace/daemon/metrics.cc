#include "daemon/metrics.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "api/metrics_socket.h"
#include "base/clock.h"

namespace remit::daemon {

namespace {

// Scrapers come one by one; more at a time are turned away.
constexpr size_t kMostClients = 16;
constexpr size_t kMostRequest = 8192;
constexpr uint64_t kPatienceNs = 5 * kSecondNs;
constexpr int kBacklog = 16;

Error bad_address(const std::string& address) {
    return {Code::kUsage, "--metrics-listen " + address + " is no loopback address with a port",
            "write it as 127.0.0.1:9464 or [::1]:9464"};
}

Result<Fd> listen_loopback(const std::string& address) {
    const size_t colon = address.rfind(':');
    if (colon == std::string::npos) return bad_address(address);
    const int port = std::atoi(address.c_str() + colon + 1);
    if (port < 1 || port > 65535) return bad_address(address);
    const auto network_port = htons(static_cast<uint16_t>(port));
    std::string host = address.substr(0, colon);
    sockaddr_in ipv4{.sin_family = AF_INET, .sin_port = network_port, .sin_addr = {}, .sin_zero = {}};
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = network_port;
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool is_ipv6 = bracketed && inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr);
    const bool is_ipv4 = inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr) == 1 && (ntohl(ipv4.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
    if (!is_ipv4 && !is_ipv6) return bad_address(address);
    Fd fd(::socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return errno_error("make a socket");
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto* to = is_ipv6 ? reinterpret_cast<const sockaddr*>(&ipv6) : reinterpret_cast<const sockaddr*>(&ipv4);
    if (::bind(fd.get(), to, is_ipv6 ? sizeof ipv6 : sizeof ipv4) != 0 || ::listen(fd.get(), kBacklog) != 0)
        return errno_error("listen on", address);
    return fd;
}

}  // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::make(Loop& loop, const std::string& run_dir, const std::string& address, Text text) {
    std::unique_ptr<MetricsServer> server(new MetricsServer(loop, std::move(text)));
    auto local = api::listen_metrics(run_dir);
    if (!local) return std::move(local).error();
    if (auto listening = server->listen(*std::move(local)); !listening) return std::move(listening).error();
    if (address.empty()) return server;
    auto remote = listen_loopback(address);
    if (!remote) return std::move(remote).error();
    if (auto listening = server->listen(*std::move(remote)); !listening) return std::move(listening).error();
    return server;
}

MetricsServer::~MetricsServer() {
    while (!clients_.empty()) drop(clients_.begin()->first);
    for (const Fd& listener : listeners_) loop_.unwatch(listener.get());
}

Result<void> MetricsServer::listen(Fd listener) {
    const int fd = listener.get();
    listeners_.push_back(std::move(listener));
    return loop_.watch(fd, EPOLLIN, [this, fd](uint32_t) { accept(fd); });
}

void MetricsServer::accept(int listener) {
    Fd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd || clients_.size() >= kMostClients) return;
    const int number = fd.get();
    if (!loop_.watch(number, EPOLLIN, [this, number](uint32_t events) { serve(number, events); })) return;
    Client& client = clients_[number];
    client.fd = std::move(fd);
    client.deadline = loop_.after(kPatienceNs, [this, number] { drop(number); });
}

void MetricsServer::drop(int fd) {
    auto at = clients_.find(fd);
    if (at == clients_.end()) return;
    loop_.cancel(at->second.deadline);
    loop_.unwatch(fd);
    clients_.erase(at);
}

void MetricsServer::serve(int fd, uint32_t events) {
    Client& client = clients_.at(fd);
    if (client.answer.empty()) {
        std::array<char, 4096> piece{};
        const ssize_t got = ::read(fd, piece.data(), piece.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0 || client.request.size() > kMostRequest) return drop(fd);
        client.request.append(piece.data(), static_cast<size_t>(got));
        if (client.request.find("\r\n\r\n") == std::string::npos) return;
        answer(client);
        if (auto changed = loop_.change(fd, EPOLLOUT); !changed) return drop(fd);
    } else if (events & (EPOLLHUP | EPOLLERR)) {
        return drop(fd);
    }
    const ssize_t put = ::send(fd, client.answer.data() + client.sent, client.answer.size() - client.sent, MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (put < 0) return drop(fd);
    client.sent += static_cast<size_t>(put);
    if (client.sent == client.answer.size()) drop(fd);
}

void MetricsServer::answer(Client& client) {
    const bool known = client.request.starts_with("GET /metrics ") || client.request.starts_with("GET /metrics?");
    const std::string body = known ? text_() : "GET /metrics\n";
    client.answer = std::string("HTTP/1.1 ") + (known ? "200 OK" : "404 Not Found") +
                    "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace remit::daemon
