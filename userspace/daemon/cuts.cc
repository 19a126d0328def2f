#include "daemon/cuts.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "policy/rules.h"
#include "policy/tables.h"
#include "session/policies.h"

namespace remit::daemon {

namespace {

policy::Target target_of(const remit_stamp& stamp) {
    policy::Target target{};
    std::memcpy(target.address.data(), stamp.address, target.address.size());
    target.port = stamp.port;
    target.protocol = stamp.protocol;
    return target;
}

// The first deny that cuts this socket, by its rule's number. Its next packet may have been dropped already, which is on the stamp then.
std::optional<uint16_t> find_cut(const session::LoadedPolicy& loaded, const remit_session& now, uint32_t generation,
                                 const remit_stamp& stamp) {
    const bool dropped = stamp.state == REMIT_STAMP_REFUSED && stamp.protocol == IPPROTO_TCP && stamp.generation == generation;
    if (stamp.state != REMIT_STAMP_ALLOWED && !dropped) return std::nullopt;
    remit_toolset toolset = policy::find_endpoint(loaded.tables, target_of(stamp));
    if (stamp.tool < REMIT_MAX_TOOLS) policy::add_mark(toolset.covers, stamp.tool);
    const auto bites = [&](const remit_deny& deny) { return (deny.flags & REMIT_DENY_CUT) && remit_deny_bites(&deny, &toolset, &now); };
    const auto deny = std::ranges::find_if(loaded.tables.denies, bites);
    return deny == loaded.tables.denies.end() ? std::nullopt : std::optional(deny->rule);
}

}  // namespace

void Cuts::on_event(const remit_event& event) {
    session::Session* session = event.flags & REMIT_EVENT_CUT ? sessions_.registry().find_kernel_id(event.session) : nullptr;
    if (!session) return;
    // What one of a line has seen cuts all of it.
    session::Session& top = sessions_.registry().topmost(*session);
    std::vector<session::Session*> line = sessions_.registry().below(top);
    line.push_back(&top);
    for (session::Session* each : line) sessions_.follow_generation(*each);
    const remit_session seen = sessions_.counts(top);
    for (session::Session* each : line) cut(*each, seen, event.boot_ns);
}

void Cuts::cut(session::Session& session, const remit_session& seen, uint64_t gained_ns) {
    struct Cut {
        remit_stamp stamp;
        uint16_t rule;
    };
    std::vector<Cut> cuts;
    const uint32_t generation = sessions_.generation_of_line(session);
    sessions_.end_sockets_if(session, [&](const remit_stamp& stamp) {
        const auto rule = find_cut(*session.policy, seen, generation, stamp);
        if (rule) cuts.push_back({stamp, *rule});
        return rule.has_value();
    });
    for (const Cut& each : cuts) recorder_.socket_cut(session, each.stamp, each.rule, gained_ns);
    lives_.changed(session);
}

}  // namespace remit::daemon
