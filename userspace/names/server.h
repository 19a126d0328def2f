// A DNS server on loopback, UDP and TCP, IPv4 and IPv6: takes questions apart and hands them on; who asks and what is answered is its
// owner's to say. One for each network namespace that sessions use. Owned by the daemon's resolver.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/fd.h"
#include "names/message.h"
#include "names/reactor.h"

namespace remit::names {

// Bound to 127.0.0.1 and ::1 at one port, in the network namespace of the calling thread. Those of a family that the namespace does not
// have are missing.
struct Sockets {
    Fd udp4, tcp4, udp6, tcp6;
    uint16_t port = 0;
    uint64_t netns = 0;  // cookie of the namespace
};
// port 0: any.
Result<Sockets> open_sockets(uint16_t port);

// Where a question came from.
struct Source {
    Address address{};
    uint16_t port = 0;
    uint16_t protocol = 0;  // IPPROTO_UDP, IPPROTO_TCP
};

class Server {
public:
    // Whose a source is: 0 for nobody that is served, who hears nothing.
    using WhoAsks = std::function<uint64_t(const Source&)>;
    using Reply = std::function<void(const Bytes&)>;  // at most once; may come later, or never
    using OnQuestion = std::function<void(uint64_t who, const Source& source, const Question& question, Reply reply)>;

    static Result<std::unique_ptr<Server>> make(Reactor reactor, Sockets sockets, WhoAsks who_asks, OnQuestion on_question);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    uint16_t port() const { return sockets_.port; }
    uint64_t netns() const { return sockets_.netns; }
    const Sockets& sockets() const { return sockets_; }

private:
    struct Connection {
        Fd fd;
        uint64_t who = 0;
        Source source;
        Bytes in;
        uint64_t heard_ns = 0;
    };

    Server(Reactor reactor, Sockets sockets, WhoAsks who_asks, OnQuestion on_question);
    Result<void> begin();
    void on_datagrams(int fd);
    void on_datagram(int fd, View message, const Source& source);
    void on_connections(int listener);
    void on_stream(uint64_t number);
    bool take_messages(uint64_t number, Connection& connection);
    void drop(uint64_t number);
    void drop_idle();
    bool makes_room(uint64_t who);

    Reactor reactor_;
    Sockets sockets_;
    WhoAsks who_asks_;
    OnQuestion on_question_;
    std::map<uint64_t, Connection> connections_;  // by number, oldest first
    uint64_t next_ = 1;
    bool sweeps_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace remit::names
