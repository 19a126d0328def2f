// What the model's processes talk to: servers in no session, and what reached them. For model_test.cc.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "kernel/harness.h"
#include "kernel/model.h"

namespace remit::test {

// Endpoints are numbers below kEndpoints; some are IPv4 named as IPv6.
class ModelPeers {
public:
    ModelPeers();

    int fd(int endpoint) const { return peers_[static_cast<size_t>(endpoint)].fd.get(); }
    Address address(int endpoint) const;  // as callers name it
    // Puts the endpoint under a tool of the tables.
    void cover(TablesBuilder& tables, uint16_t tool, int endpoint) const;
    static bool is_ipv6(int endpoint);  // where it listens
    // The kernel's own rules: of the socket's type and family; and an IPv6 socket that was connected to IPv4 stays with it.
    static bool can_be_named_by(const SocketModel& socket, int endpoint);

    // Takes the connection of a socket. port: of the one that must be there; 0: there must be none. Returns whether it is so.
    bool accept_from(int socket, int endpoint, uint16_t port);
    int accepted(int socket) { return accepted_[socket].get(); }
    void forget(int socket) { accepted_.erase(socket); }

    // Whether the number reaches fd; one that must not is looked for at the end once more.
    bool arrives(int fd, uint64_t number, bool expected);
    // Those that were refused and arrived after all, late.
    std::vector<uint64_t> late();

private:
    std::vector<Peer> peers_;
    std::map<int, Fd> accepted_;
    std::set<uint64_t> arrived_;
    std::vector<uint64_t> forbidden_;
};

}  // namespace remit::test
