#include "policy/phrases.h"

#include "base/clock.h"
#include "base/text.h"
#include "policy/families.h"
#include "policy/names.h"

namespace remit::policy {
namespace {

std::string program_in_words(const Program& program, bool writable) {
    std::string text = "program";
    if (program.pattern) text += " " + program.pattern->text;
    for (const auto& [kind, word] : {std::pair{kAnonymous, "anonymous"}, {kLoader, "loader"}, {kSetId, "set-id"}, {kForeign, "foreign"}})
        if (program.kinds & kind) text += std::string(" ") + word;
    if (program.sha256) text += " sha256 " + hex(*program.sha256);
    return text + (writable ? " writable" : "");
}

std::string ports_in_words(const std::vector<Ports>& all) {
    std::string text;
    for (const Ports& ports : all) {
        if (ports == Ports{}) return "";
        text += (text.empty() ? " port " : ",") + std::to_string(ports.first);
        if (ports.last != ports.first) text += "-" + std::to_string(ports.last);
    }
    return text;
}

std::string endpoint_in_words(const Endpoint& endpoint, bool listens) {
    std::string text = listens ? "listen " : "endpoint ";
    if (endpoint.exact_host)
        text += format_address(endpoint.prefix.address);
    else if (listens)
        text += endpoint.prefix.bits == 0 ? "::" : "0.0.0.0";
    else
        text += format_prefix(endpoint.prefix);
    text += ports_in_words(endpoint.ports);
    if (endpoint.tcp != endpoint.udp) text += endpoint.tcp ? " tcp" : " udp";
    return text;
}

std::string socket_in_words(const SocketFamily& socket) {
    std::string text = "socket " + family_name(socket.family);
    if (socket.protocol != REMIT_ANY_PROTOCOL) text += " " + protocol_name(socket.family, socket.protocol);
    return text;
}

void add(std::string& text, const std::string& more) {
    text += (text.empty() ? "" : ", ") + more;
}

}  // namespace

std::vector<std::string> covers_in_words(const Policy& policy, uint16_t number) {
    const Tool& tool = policy.tools[number];
    std::vector<std::string> words;
    for (const Program& program : tool.programs) words.push_back(program_in_words(program, tool.writable));
    for (const Endpoint& endpoint : tool.endpoints) words.push_back(endpoint_in_words(endpoint, false));
    for (const UnixEndpoint& endpoint : policy.unix_endpoints)
        if (endpoint.tool == number)
            words.push_back("unix " + endpoint.name + (endpoint.peer ? " peer " + endpoint.peer->text : std::string()));
    for (const Endpoint& listen : tool.listens) words.push_back(endpoint_in_words(listen, true));
    for (const SocketFamily& socket : tool.sockets) words.push_back(socket_in_words(socket));
    return words;
}

std::string conditions_in_words(const Policy& policy, const Grant& grant) {
    std::string text;
    if (grant.from_ns) add(text, "from " + format_duration(grant.from_ns));
    if (grant.until_ns) add(text, "until " + format_duration(grant.until_ns));
    if (grant.max_uses) add(text, "at most " + std::to_string(grant.max_uses) + (grant.max_uses == 1 ? " time" : " times"));
    if (grant.only_after != Marks{}) add(text, "only after " + join(mark_names(policy, grant.only_after.data()), " and "));
    if (grant.never_after != Marks{}) add(text, "never after " + join(mark_names(policy, grant.never_after.data()), " or "));
    if (grant.approval_wait_ns) add(text, "with an approval within " + format_duration(*grant.approval_wait_ns));
    return text;
}

std::string deny_in_words(const Policy& policy, const Deny& deny) {
    std::string text = deny.always ? "always" : "";
    if (deny.after != Marks{}) add(text, "after " + join(mark_names(policy, deny.after.data()), " or "));
    if (!deny.reason.empty()) text += (text.empty() ? "(" : " (") + deny.reason + ")";
    return text;
}

std::vector<std::string> denied_tools(const Policy& policy, const Deny& deny) {
    return tool_names(policy, deny.tools.data());
}

}  // namespace remit::policy
