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

struct Ends {
    policy::Target local, remote;
};

bool fits(const remit_closed_key& ends, const Ends& wanted) {
    return ends.local_port == wanted.local.port && address_of(ends.local) == wanted.local.address &&
           ends.remote_port == wanted.remote.port && address_of(ends.remote) == wanted.remote.address;
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

void fill_socket(api_v1::Sockets::Socket& out, const session::Session* session, const remit_closed_key& ends, const remit_stamp& stamp) {
    out.set_protocol(ends.protocol == IPPROTO_TCP ? "tcp" : "udp");
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

// Under the addresses that its local end may have been bound to.
std::optional<remit_closed> find_closed(const kernel::Kernel& kernel, remit_closed_key& ends, const Ends& wanted) {
    const policy::Address any4 = policy::ipv4_range().address;
    for (const policy::Address& local : {wanted.local.address, any4, policy::Address{}}) {
        std::ranges::copy(local, ends.local);
        std::ranges::copy(wanted.remote.address, ends.remote);
        ends.local_port = wanted.local.port;
        ends.remote_port = wanted.remote.port;
        if (auto found = kernel.closed_socket(ends)) return found;
    }
    return std::nullopt;
}

}  // namespace

Control::Answer Control::who_is(const api_v1::WhoIs& request) {
    auto local = end_of(request.local()), remote = end_of(request.remote());
    if (!local || !remote) return fail(local ? remote.error() : local.error());
    api_v1::Response response;
    auto* sockets = response.mutable_sockets();
    for (const uint16_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
        if (!request.protocol().empty() && request.protocol() != (protocol == IPPROTO_TCP ? "tcp" : "udp")) continue;
        for (const Ends& wanted : {Ends{*local, *remote}, Ends{*remote, *local}}) {
            bool open = false;  // only TCP's: sock_diag gives no storage of datagram sockets
            const auto connections =
                protocol == IPPROTO_TCP ? context_.sessions.connections_from(wanted.local.port) : std::vector<kernel::StampedSocket>();
            for (const kernel::StampedSocket& each : connections) {
                if (!fits(each.ends, wanted)) continue;
                open = true;
                fill_socket(*sockets->add_sockets(), context_.sessions.registry().find_also_over(each.stamp.session), each.ends,
                            each.stamp);
            }
            remit_closed_key ends{.local = {}, .remote = {}, .local_port = 0, .remote_port = 0, .protocol = protocol, .reserved = 0};
            const auto closed = open ? std::nullopt : find_closed(context_.kernel, ends, wanted);
            if (!closed) continue;
            auto* socket = sockets->add_sockets();
            fill_socket(*socket, context_.sessions.registry().find_also_over(closed->stamp.session), ends, closed->stamp);
            socket->set_closed(wall_time(closed->closed_ns));
        }
    }
    return response;
}

}  // namespace remit::daemon
