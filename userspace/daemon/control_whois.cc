// Whose a socket is or was: by the stamps of those that are open, then by those that the kernel remembers.
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/clock.h"
#include "base/text.h"
#include "daemon/control.h"
#include "daemon/event_record.h"
#include "daemon/process.h"
#include "policy/address.h"
#include "policy/names.h"
#include "session/policies.h"

namespace remit::daemon {

namespace {

// Process starts are as exact as clock ticks.
constexpr uint64_t kTickNs = kSecondNs / 100;

policy::Address address_of(const __u8 (&bytes)[16]) {
    policy::Address address;
    std::copy(std::begin(bytes), std::end(bytes), address.begin());
    return address;
}

std::string shown(const policy::Address& address, uint16_t port) {
    return policy::format_target({.address = address, .port = port, .protocol = IPPROTO_TCP});
}

std::string_view word_of(uint8_t state) {
    constexpr std::array<std::string_view, 8> kWords{"unjudged", "allowed", "held",           "refused",
                                                     "accepted", "listens", "may not listen", "own"};
    return state < kWords.size() ? kWords.at(state) : "unknown";
}

std::string wall_time(uint64_t at_boot_ns) {
    return at_boot_ns == 0 ? std::string() : format_time(wall_ns() - (boot_ns() - std::min(boot_ns(), at_boot_ns)));
}

Result<policy::Target> end_of(const std::string& text) {
    auto target = policy::parse_target(text);
    if (!target) return target;
    if (!target->host.empty() || target->port == 0)
        return Error{Code::kUsage, text + " is no end of a socket", "write an address and a port: 10.0.0.1:43210 or [::1]:443"};
    return target;
}

const char* word_of_protocol(uint16_t protocol) {
    return protocol == IPPROTO_TCP ? "tcp" : "udp";
}

struct Ends {
    policy::Target local, remote;
};

// A socket of all addresses sends from, and takes what comes to, each of them.
bool fits(const remit_ends& ends, const Ends& wanted) {
    const policy::Address local = address_of(ends.local);
    const bool here = local == wanted.local.address || local == policy::ipv4_range().address || local == policy::Address{};
    return here && ends.local_port == wanted.local.port && ends.remote_port == wanted.remote.port &&
           address_of(ends.remote) == wanted.remote.address;
}

// The process whose call was judged, if it still is that one: the number may be another's by now.
void fill_process(api_v1::Sockets::Socket& out, const remit_stamp& stamp) {
    out.set_pid(static_cast<int32_t>(stamp.pid));
    const auto facts = read_process(static_cast<pid_t>(stamp.pid));
    if (stamp.pid == 0 || !facts || facts->start_ns > stamp.asked_ns + kTickNs) return;
    out.set_comm(printable(facts->comm));
    std::error_code gone;
    out.set_program(std::filesystem::read_symlink("/proc/" + std::to_string(stamp.pid) + "/exe", gone).string());
}

void fill_socket(api_v1::Sockets::Socket& out, const session::Session* session, const remit_ends& ends, const remit_stamp& stamp) {
    out.set_protocol(word_of_protocol(ends.protocol));
    out.set_local(shown(address_of(ends.local), ends.local_port));
    out.set_remote(shown(address_of(ends.remote), ends.remote_port));
    out.set_state(std::string(word_of(stamp.state)));
    out.set_judged(wall_time(stamp.asked_ns));
    fill_process(out, stamp);
    if (!session) return;
    out.set_session(session->id);
    out.set_name(session->claims.name);
    out.set_agent(session->claims.agent);
    out.set_on_behalf_of(session->claims.on_behalf_of);
    const policy::Policy& policy = session->policy->policy;
    out.set_policy(policy.name);
    out.set_tool(policy::tool_name(policy, stamp.tool));
    if (stamp.state == REMIT_STAMP_ALLOWED) out.set_rule(policy::rule_text(policy, stamp.tool, stamp.rule, REMIT_GRANTED));
}

// What sends, or sent, from one port.
struct Known {
    std::vector<remit_open_socket> open;
    std::vector<remit_closed> closed;
};

// The open ones with these ends, or the one that was closed last.
void fill_sockets(Context& context, api_v1::Sockets& out, const Known& known, const Ends& wanted, uint16_t protocol) {
    const auto session_of = [&](const remit_stamp& stamp) { return context.sessions.registry().find_also_over(stamp.session); };
    const auto meant = [&](const remit_ends& ends) { return ends.protocol == protocol && fits(ends, wanted); };
    bool found = false;
    for (const remit_open_socket& each : known.open) {
        if (!meant(each.ends)) continue;
        found = true;
        fill_socket(*out.add_sockets(), session_of(each.stamp), each.ends, each.stamp);
    }
    if (found) return;
    const auto last = std::ranges::find_if(known.closed, meant, &remit_closed::ends);
    if (last == known.closed.end()) return;
    auto* socket = out.add_sockets();
    fill_socket(*socket, session_of(last->stamp), last->ends, last->stamp);
    socket->set_closed(wall_time(last->closed_ns));
}

}  // namespace

Control::Answer Control::who_is(const api_v1::WhoIs& request) {
    auto local = end_of(request.local()), remote = end_of(request.remote());
    if (!local || !remote) return fail(local ? remote.error() : local.error());
    api_v1::Response response;
    response.mutable_sockets();  // an answer also where there are none
    for (const Ends& wanted : {Ends{*local, *remote}, Ends{*remote, *local}}) {
        const Known known{context_.sessions.sockets_from(wanted.local.port), context_.kernel.closed_from(wanted.local.port)};
        for (const uint16_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
            if (request.protocol().empty() || request.protocol() == word_of_protocol(protocol))
                fill_sockets(context_, *response.mutable_sockets(), known, wanted, protocol);
        }
    }
    return response;
}

}  // namespace remit::daemon
