// Endpoints and listeners of a tool: addresses, ports, protocols.
#include "policy/tool_draft.h"

namespace remit::policy {
namespace {

bool read_ports(ToolDraft& out, const google::protobuf::RepeatedPtrField<std::string>& written, const Place& place,
                std::vector<Ports>& read) {
    bool fine = true;
    for (int i = 0; i < written.size(); i++) {
        Result<Ports> ports = parse_ports(written[i]);
        if (ports) {
            read.push_back(*ports);
        } else {
            out.error(place.at("port", i), "bad-port", ports.error().message, ports.error().hint);
            fine = false;
        }
    }
    if (read.empty()) read.push_back({});
    return fine;
}

template <typename Message>
void read_protocol(const Message& message, Endpoint& out) {
    out.tcp = !message.has_protocol() || message.protocol() == pb::Endpoint::TCP;
    out.udp = !message.has_protocol() || message.protocol() == pb::Endpoint::UDP;
}

bool read_host(ToolDraft& out, const std::string& host, Position position, Endpoint& read) {
    read.position = position;
    if (const std::optional<Address> address = parse_address(host)) {
        read.prefix = {*address, 128};
        read.exact_host = true;
        return true;
    }
    out.error(position, "bad-host", "\"" + host + "\" is no host", "an address, a name, or \"*.\" and a name");
    return false;
}

// "git.example" or "*.docs.example"; nothing when it is neither.
std::optional<Host> read_name(const std::string& host, Position position) {
    const bool wildcard = host.starts_with("*.");
    const std::string_view name = std::string_view(host).substr(wildcard ? 2 : 0);
    if (!is_host_name(name)) return std::nullopt;
    return Host{.name = plain_host_name(name), .wildcard = wildcard, .position = position};
}

bool read_cidr(ToolDraft& out, const std::string& cidr, Position position, Endpoint& read) {
    read.position = position;
    Result<Prefix> prefix = parse_cidr(cidr);
    if (!prefix) {
        out.error(position, "bad-cidr", prefix.error().message, prefix.error().hint);
        return false;
    }
    read.prefix = *prefix;
    return true;
}

// The local addresses that a listener's address stands for.
void set_local(const Address& address, Endpoint& read) {
    if (address == Address{})
        read.prefix = {address, 0};
    else if (address == ipv4_range().address)
        read.prefix = ipv4_range();
    else
        read.prefix = {address, 128};
    read.exact_host = read.prefix.bits == 128;
}

}  // namespace

void read_endpoint(ToolDraft& out, const pb::Endpoint& endpoint, const Place& place) {
    if (endpoint.has_unix_path()) return read_unix_endpoint(out, endpoint, place);
    if (endpoint.has_peer_program())
        return out.error(place.at("peer_program"), "bad-endpoint", "only a unix socket has a peer_program",
                         "who listens at an address cannot be seen: name the address alone");
    Endpoint read;
    read_protocol(endpoint, read);
    const bool ports_fine = read_ports(out, endpoint.port(), place, read.ports);
    if (endpoint.has_host() && endpoint.has_cidr())
        return out.error(place.at("cidr"), "two-addresses", "an endpoint is a host or a cidr, not both", "write a second endpoint");
    if (!endpoint.has_host() && !endpoint.has_cidr()) {
        if (!place.damaged())
            out.error(place.here(), "missing-field", "the endpoint has no address", "write host: \"10.1.2.3\" or cidr: \"10.20.0.0/16\"");
        return;
    }
    if (std::optional<Host> host = endpoint.has_host() ? read_name(endpoint.host(), place.at("host")) : std::nullopt) {
        host->ports = std::move(read.ports);
        host->tcp = read.tcp;
        host->udp = read.udp;
        if (ports_fine) out.tool.hosts.push_back(*std::move(host));
        return;
    }
    const bool fine = endpoint.has_host() ? read_host(out, endpoint.host(), place.at("host"), read)
                                          : read_cidr(out, endpoint.cidr(), place.at("cidr"), read);
    if (fine && ports_fine) out.tool.endpoints.push_back(std::move(read));
}

void read_listen(ToolDraft& out, const pb::Listen& listen, const Place& place) {
    Endpoint read{.position = place.at("address")};
    read_protocol(listen, read);
    const bool ports_fine = read_ports(out, listen.port(), place, read.ports);
    if (!listen.has_address()) {
        if (!place.damaged())
            out.error(place.here(), "missing-field", "the listener has no address",
                      "write address: \"::\" for all, \"0.0.0.0\" for all of IPv4, or one address of the host");
        return;
    }
    const std::optional<Address> address = parse_address(listen.address());
    if (!address)
        return out.error(read.position, "bad-address", "\"" + listen.address() + "\" is no address to listen on",
                         "one address as it stands: \"::\", \"0.0.0.0\" or one of the host's own");
    if (is_loopback(*address))
        out.draft.warn(read.position, "loopback-listen", "sessions may always listen on loopback, whatever the policy says",
                       "no grant and no deny changes that; leave the listener out");
    set_local(*address, read);
    if (ports_fine) out.tool.listens.push_back(std::move(read));
}

}  // namespace remit::policy
