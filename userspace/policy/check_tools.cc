// Tools: names, labels, programs and endpoints.
#include <algorithm>

#include "base/text.h"
#include "policy/draft.h"

namespace remit::policy {
namespace {

class ToolCheck {
public:
    ToolCheck(Draft& draft, const pb::Tool& tool, Place place) : draft_(draft), tool_(tool), place_(place) {}

    // Adds the tool to the draft, also when it has errors: other rules may name it.
    void run() {
        out_.position = place_.here();
        out_.about = tool_.about();
        partial_ = place_.damaged();
        check_text(draft_, place_.at("about"), "about", tool_.about());
        check_own_name();
        for (int i = 0; i < tool_.label_size(); i++) check_label(i);
        if (tool_.writable()) unsupported(place_.at("writable"), "writable: true", "name programs that the session cannot write");
        for (int i = 0; i < tool_.program_size(); i++) check_program(tool_.program(i), place_.in("program", i));
        for (int i = 0; i < tool_.endpoint_size(); i++) check_endpoint(tool_.endpoint(i), place_.in("endpoint", i));
        for (int i = 0; i < tool_.listen_size(); i++)
            unsupported(place_.at("listen", i), "listen", "leave it out: listeners are not judged in this step");
        for (int i = 0; i < tool_.socket_size(); i++)
            unsupported(place_.at("socket", i), "socket", "leave it out: families other than IPv4, IPv6 and unix are refused");
        if (out_.programs.empty() && out_.endpoints.empty() && !partial_)
            draft_.error(place_.here(), "empty-tool", "tool \"" + out_.name + "\" covers nothing",
                         "give it a program { path: \"…\" } or an endpoint { cidr: \"…\" }");
        draft_.policy.tools.push_back(std::move(out_));
        draft_.partial.push_back(partial_);
    }

private:
    void error(Position position, std::string code, std::string message, std::string hint) {
        partial_ = true;
        draft_.error(position, std::move(code), std::move(message), std::move(hint));
    }
    void unsupported(Position position, std::string what, std::string hint) {
        partial_ = true;
        draft_.not_supported(position, std::move(what), std::move(hint));
    }

    void check_own_name() {
        if (!tool_.has_name()) {
            if (!place_.damaged()) draft_.error(place_.here(), "missing-name", "the tool has no name", "begin it with name: \"…\"");
            return;
        }
        if (!check_name(draft_, place_.at("name"), "tool", tool_.name())) return;
        const int other = draft_.policy.find_tool(tool_.name());
        if (other >= 0) {
            draft_.error(place_.at("name"), "duplicate-name",
                         "there already is a tool \"" + tool_.name() + "\" (" + shown(draft_, draft_.policy.tools[other].position) + ")",
                         "give one of them another name, or put all into one tool");
            return;
        }
        out_.name = tool_.name();
    }

    void check_label(int i) {
        const std::string& label = tool_.label(i);
        const Position position = place_.at("label", i);
        if (!check_name(draft_, position, "label", label)) return;
        std::vector<std::string>& labels = draft_.policy.labels;
        size_t bit = static_cast<size_t>(std::ranges::find(labels, label) - labels.begin());
        if (bit == REMIT_MAX_LABELS)
            return draft_.error(position, "too-many-labels", "a policy has at most 64 labels", "let tools share labels");
        if (bit == labels.size()) labels.push_back(label);
        out_.labels |= 1ULL << bit;
    }

    void check_program(const pb::Program& program, const Place& place) {
        if (program.has_sha256()) check_sha256(program.sha256(), place.at("sha256"));
        const char* kHint = "name the program by its path";
        if (program.anonymous()) unsupported(place.at("anonymous"), "anonymous: true", kHint);
        if (program.loader()) unsupported(place.at("loader"), "loader: true", kHint);
        if (program.set_id()) unsupported(place.at("set_id"), "set_id: true", kHint);
        if (!program.has_path()) {
            const bool other = program.anonymous() || program.loader() || program.set_id() || program.has_sha256();
            if (!other && !place.damaged())
                error(place.here(), "missing-field", "the program has no path", "write program { path: \"/usr/bin/…\" }");
            return;
        }
        Result<Pattern> pattern = parse_pattern(program.path());
        if (!pattern) return error(place.at("path"), "bad-path", pattern.error().message, pattern.error().hint);
        out_.programs.push_back({.pattern = std::move(*pattern), .position = place.at("path")});
    }

    void check_sha256(const std::string& text, Position position) {
        const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
        if (text.size() == 64 && std::ranges::all_of(text, is_hex)) return unsupported(position, "sha256", "leave it out: name the path");
        error(position, "bad-sha256", "\"" + text + "\" is no SHA-256", "64 digits of 0-9 and a-f, as sha256sum prints them");
    }

    void check_endpoint(const pb::Endpoint& endpoint, const Place& place) {
        if (endpoint.has_unix_path())
            unsupported(place.at("unix_path"), "unix_path", "leave it out: unix sockets are not judged in this step");
        if (endpoint.has_peer_program())
            unsupported(place.at("peer_program"), "peer_program", "leave it out: unix sockets are not judged in this step");
        Endpoint out;
        out.tcp = !endpoint.has_protocol() || endpoint.protocol() == pb::Endpoint::TCP;
        out.udp = !endpoint.has_protocol() || endpoint.protocol() == pb::Endpoint::UDP;
        const bool ports_fine = check_ports(endpoint, place, out);
        if (endpoint.has_host() && endpoint.has_cidr())
            return error(place.at("cidr"), "two-addresses", "an endpoint is a host or a cidr, not both", "write a second endpoint");
        const bool fine = endpoint.has_host()   ? check_host(endpoint.host(), place.at("host"), out)
                          : endpoint.has_cidr() ? check_cidr(endpoint.cidr(), place.at("cidr"), out)
                                                : check_no_address(endpoint, place);
        if (fine && ports_fine) out_.endpoints.push_back(std::move(out));
    }

    bool check_ports(const pb::Endpoint& endpoint, const Place& place, Endpoint& out) {
        bool fine = true;
        for (int i = 0; i < endpoint.port_size(); i++) {
            Result<Ports> ports = parse_ports(endpoint.port(i));
            if (ports) {
                out.ports.push_back(*ports);
            } else {
                error(place.at("port", i), "bad-port", ports.error().message, ports.error().hint);
                fine = false;
            }
        }
        if (out.ports.empty()) out.ports.push_back({});
        return fine;
    }

    bool check_host(const std::string& host, Position position, Endpoint& out) {
        out.position = position;
        if (const std::optional<Address> address = parse_address(host)) {
            out.prefix = {*address, 128};
            out.exact_host = true;
            return true;
        }
        if (host.starts_with("*.") && is_host_name(host.substr(2))) {
            unsupported(position, "a wildcard host", "name its addresses with cidr: \"…\"");
        } else if (is_host_name(host)) {
            unsupported(position, "a host by name", "write its address: host: \"10.1.2.3\", or a cidr");
        } else {
            error(position, "bad-host", "\"" + host + "\" is no host", "an address, a name, or \"*.\" and a name");
        }
        return false;
    }

    bool check_cidr(const std::string& cidr, Position position, Endpoint& out) {
        out.position = position;
        Result<Prefix> prefix = parse_cidr(cidr);
        if (!prefix) {
            error(position, "bad-cidr", prefix.error().message, prefix.error().hint);
            return false;
        }
        out.prefix = *prefix;
        return true;
    }

    bool check_no_address(const pb::Endpoint& endpoint, const Place& place) {
        if (!endpoint.has_unix_path() && !endpoint.has_peer_program() && !place.damaged())
            error(place.here(), "missing-field", "the endpoint has no address", "write host: \"10.1.2.3\" or cidr: \"10.20.0.0/16\"");
        return false;
    }

    Draft& draft_;
    const pb::Tool& tool_;
    Place place_;
    Tool out_;
    bool partial_ = false;
};

}  // namespace

void check_tools(Draft& draft) {
    for (size_t file : draft.order) {
        const pb::Policy& policy = draft.files[file]->policy;
        for (int i = 0; i < policy.tool_size(); i++) {
            if (draft.policy.tools.size() == REMIT_MAX_TOOLS)
                return draft.error(draft.root(file).at("tool", i), "too-many-tools", "a policy has at most 256 tools",
                                   "put what is always granted together into one tool");
            ToolCheck(draft, policy.tool(i), draft.root(file).in("tool", i)).run();
        }
    }
    for (size_t file : draft.order) {
        const pb::Policy& policy = draft.files[file]->policy;
        for (int i = 0; i < policy.tool_size(); i++)
            for (int l = 0; l < policy.tool(i).label_size(); l++)
                if (draft.policy.find_tool(policy.tool(i).label(l)) >= 0)
                    draft.error(draft.root(file).in("tool", i).at("label", l), "duplicate-name",
                                "\"" + policy.tool(i).label(l) + "\" is a tool and cannot be a label too",
                                "rules name both alike: give the label a name of its own");
    }
}

}  // namespace remit::policy
