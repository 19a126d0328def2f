// Unix sockets of a tool, by name and by who listens.
#include <map>

#include "policy/tool_draft.h"

namespace remit::policy {
namespace {

// Of all tools together: far more than a host has, and few enough to compare each with each.
constexpr size_t kMaxUnixEndpoints = 1024;

bool stands_alone(ToolDraft& out, const pb::Endpoint& endpoint, const Place& place) {
    if (endpoint.has_host() || endpoint.has_cidr()) {
        out.error(place.at(endpoint.has_host() ? "host" : "cidr"), "two-addresses", "an endpoint is a unix socket or an address, not both",
                  "write a second endpoint");
        return false;
    }
    if (endpoint.port_size() == 0 && !endpoint.has_protocol()) return true;
    const char* field = endpoint.port_size() ? "port" : "protocol";
    out.error(place.at(field), "bad-endpoint", std::string("a unix socket has no ") + field, "leave it out");
    return false;
}

}  // namespace

void read_unix_endpoint(ToolDraft& out, const pb::Endpoint& endpoint, const Place& place) {
    bool fine = stands_alone(out, endpoint, place);
    UnixEndpoint read{.name = endpoint.unix_path(), .position = place.at("unix_path")};
    if (const Result<void> name = check_unix_name(read.name); !name) {
        out.error(read.position, "bad-unix-path", name.error().message, name.error().hint);
        fine = false;
    }
    if (endpoint.has_peer_program()) {
        Result<Pattern> peer = parse_pattern(endpoint.peer_program());
        if (!peer) return out.error(place.at("peer_program"), "bad-path", peer.error().message, peer.error().hint);
        read.peer = std::move(*peer);
    }
    if (fine) out.unix_endpoints.push_back(std::move(read));
}

void number_unix_endpoints(Draft& draft) {
    std::vector<UnixEndpoint>& endpoints = draft.policy.unix_endpoints;
    if (endpoints.size() > kMaxUnixEndpoints) {
        draft.error(endpoints[kMaxUnixEndpoints].position, "too-many-sockets", "a policy names at most 1024 unix sockets",
                    "leave some out");
        endpoints.resize(kMaxUnixEndpoints);
    }
    std::map<std::string, const UnixEndpoint*> first;
    uint16_t numbers = 0;
    for (UnixEndpoint& endpoint : endpoints) {
        const auto [found, added] = first.emplace(endpoint.name, &endpoint);
        const UnixEndpoint& twin = *found->second;
        if (added) {
            if (endpoint.peer) endpoint.number = ++numbers;
        } else if (twin.peer.has_value() == endpoint.peer.has_value() && (!twin.peer || twin.peer->text == endpoint.peer->text)) {
            endpoint.number = twin.number;
        } else {
            draft.error(endpoint.position, "two-peers",
                        "\"" + endpoint.name + "\" is named with another peer_program in " + shown(draft, twin.position),
                        "one socket has one listener: name the same program, or a folder of both, in each");
        }
    }
}

}  // namespace remit::policy
