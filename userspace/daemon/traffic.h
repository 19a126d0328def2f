// What sessions sent and received, as records, answers and metrics tell it. Used by daemon/.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "abi/socket.h"
#include "policy/address.h"
#include "policy/model.h"
#include "trail/record.h"

namespace remit::daemon {

// The name by which a session knows an address; empty: by none.
using HostOf = std::function<std::string(const policy::Address& address)>;

// The largest first; of more than `most` endpoints the smallest become one entry a tool.
std::vector<trail::Traffic> traffic_of(const std::vector<remit_flow>& flows, const policy::Policy& policy, const HostOf& host_of,
                                       size_t most);

// Sums by policy and by tool, in which no session is named.
class TrafficSums {
public:
    void add_session(const std::string& policy, const remit_session& counts);
    void add_flow(const policy::Policy& policy, const remit_flow& flow);
    // In the text form of Prometheus.
    void append(std::string& out) const;

private:
    struct Amounts {
        uint64_t bytes_out = 0, bytes_in = 0, packets_out = 0, packets_in = 0;
    };
    using Labels = std::pair<std::string, std::string>;  // policy and tool

    static void append(std::string& out, const std::map<Labels, Amounts>& sums, bool tools);

    std::map<Labels, Amounts> by_policy_;
    std::map<Labels, Amounts> by_tool_;
};

}  // namespace remit::daemon
