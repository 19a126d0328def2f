// Sockets of other families: what no endpoint and no listener is about.
#include <sys/socket.h>

#include "policy/families.h"
#include "policy/tool_draft.h"

namespace remit::policy {
namespace {

// What the policy names elsewhere, by the object that it reaches.
bool is_judged_elsewhere(ToolDraft& out, const pb::Socket& socket, const Place& place) {
    if (socket.family() == "unix" || socket.family() == "local") {
        out.error(place.at("family"), "bad-socket", "unix sockets are named by what they reach",
                  "write endpoint { unix_path: \"/run/…\" }");
        return true;
    }
    if ((socket.family() == "inet" || socket.family() == "inet6") && (socket.protocol() == "tcp" || socket.protocol() == "udp")) {
        out.error(place.at("protocol"), "bad-socket", "TCP and UDP are named by what they reach",
                  "write endpoint { cidr: \"…\" } or listen { address: \"…\" }");
        return true;
    }
    return false;
}

std::string did_you_mean(const std::string& word, std::string otherwise) {
    return word.empty() ? std::move(otherwise) : "did you mean \"" + word + "\"?";
}

bool read_protocol(ToolDraft& out, const pb::Socket& socket, const FamilyWord& family, const Place& place, SocketFamily& read) {
    if (!socket.has_protocol()) {
        const bool inet = family.family == AF_INET || family.family == AF_INET6;
        if (inet && !place.damaged())
            out.error(place.here(), "missing-field", "the socket has no protocol: all of them would be TCP and UDP too",
                      "one of " + protocol_words(family));
        return !inet;
    }
    if (const ProtocolWord* protocol = family.find(socket.protocol())) {
        read.protocol = protocol->protocol;
        return true;
    }
    const std::string hint =
        family.protocols.empty() ? "leave the protocol out: such sockets are granted as a whole" : "one of " + protocol_words(family);
    out.error(place.at("protocol"), "unknown-protocol",
              "\"" + socket.protocol() + "\" is no protocol of the family \"" + socket.family() + "\"",
              did_you_mean(meant_protocol(family, socket.protocol()), hint));
    return false;
}

}  // namespace

void read_socket(ToolDraft& out, const pb::Socket& socket, const Place& place) {
    if (!socket.has_family()) {
        if (!place.damaged())
            out.error(place.here(), "missing-field", "the socket has no family",
                      "write socket { family: \"netlink\" protocol: \"route\" }");
        return;
    }
    if (is_judged_elsewhere(out, socket, place)) return;
    const FamilyWord* family = find_family(socket.family());
    if (!family)
        return out.error(place.at("family"), "unknown-family", "there is no socket family \"" + socket.family() + "\"",
                         did_you_mean(meant_family(socket.family()), "netlink, packet, vsock, alg, bluetooth, xdp, inet, inet6 …"));
    SocketFamily read{.family = family->family, .position = place.here()};
    if (!read_protocol(out, socket, *family, place, read)) return;
    if (family->goes_elsewhere)
        out.draft.warn(place.here(), "unjudged-socket",
                       "what goes through " + socket.family() + " sockets is judged by no endpoint" +
                           (socket.has_protocol() ? " (" + socket.protocol() + ")" : ""),
                       "whoever has the tool reaches whatever such sockets reach");
    out.tool.sockets.push_back(read);
}

}  // namespace remit::policy
