// How much the processes of one session may ask of the daemon, so that no agent keeps it from the others: connections at a time, and
// requests in a time. Those of no session together count as one. Pure. Used by daemon/control.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace remit::daemon {

class AgentLimits {
public:
    // An agent asks now and then: a person reads the answers. What keeps a session below has two connections.
    static constexpr size_t kConnections = 32;
    static constexpr double kRequests = 20;  // at once
    static constexpr double kRequestsPerSecond = 5;

    // session: kernel id; 0: of no session. now_ns: boot time. False: it has as many as it may have.
    bool connect(uint64_t session, uint64_t now_ns);
    void disconnect(uint64_t session);
    // False: too often.
    bool request(uint64_t session, uint64_t now_ns);

private:
    struct Account {
        size_t connections = 0;
        double room = kRequests;
        uint64_t last_ns = 0;
    };
    static double room_at(const Account& account, uint64_t now_ns);

    std::unordered_map<uint64_t, Account> accounts_;
};

}  // namespace remit::daemon
