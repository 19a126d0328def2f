#include "session/names.h"

#include <algorithm>

#include "base/clock.h"

namespace remit::session {

// Equal worth shares a zone; its ports are there before anything names it.
Result<uint32_t> Names::zone_for(kernel::Kernel& kernel, LoadedPolicy& policy, policy::Worth worth) {
    if (const auto known = policy.name_zones.find(worth); known != policy.name_zones.end()) return known->second;
    if (policy.name_zones.size() >= kMaxZones)
        return Error{Code::kUnavailable, "names of policy " + policy.policy.name + " meet at addresses in too many ways", ""};
    const uint32_t zone = policy.next_zone++;
    std::vector<Tables::Port> ports = policy::ports_of(policy.policy, worth, zone);
    auto pushed = kernel.push_ports(policy.tables_id, ports);
    if (!pushed) {
        kernel.drop_ports(policy.tables_id, ports);
        return std::move(pushed).error();
    }
    policy.name_ports.insert(policy.name_ports.end(), ports.begin(), ports.end());
    policy.name_zones.emplace(std::move(worth), zone);
    return zone;
}

// Only names that are not over count; when all are, the entry stays as it is, for sockets that are open.
Result<void> Names::push(const Session& session, LoadedPolicy& policy, const policy::Address& address, const Bound& bound,
                         uint64_t now_ns) {
    std::vector<std::string> names;
    for (const auto& [name, until] : bound.names)
        if (until > now_ns) names.push_back(name);
    if (names.empty() || !policy.hosts) return {};
    auto zone = zone_for(kernel_, policy, policy::worth_of(policy.policy, *policy.hosts, names, address));
    if (!zone) return std::move(zone).error();
    return kernel_.push_name(session.kernel_id, policy.tables_id, address, *zone, bound.until_ns);
}

Result<void> Names::bind(const Session& session, const std::string& name, const policy::Address& address, uint64_t ttl_ns) {
    const uint64_t now = boot_ns();
    auto& addresses = sessions_[session.kernel_id];
    const bool known = addresses.contains(address);
    if (!known && addresses.size() >= kMaxAddresses && !make_room(session, now))
        return Error{Code::kUnavailable, "session " + session.id + " knows too many addresses by name", ""};
    Bound bound = known ? addresses[address] : Bound{};
    std::erase_if(bound.names, [&](const auto& each) { return each.second <= now; });
    if (bound.names.size() >= kMaxNamesOfOne && !bound.names.contains(name))
        return Error{Code::kUnavailable, "session " + session.id + " knows one address by too many names", ""};
    const uint64_t until = now + std::clamp(ttl_ns, kFloorNs, kCeilingNs);
    uint64_t& its = bound.names[name];
    its = std::max(its, until);
    bound.last = name;
    bound.until_ns = 0;
    for (const auto& each : bound.names) bound.until_ns = std::max(bound.until_ns, each.second);
    const Key key{session.kernel_id, address};
    due_.erase({bound.due_ns, key});
    bound.due_ns = std::ranges::min_element(bound.names, {}, [](const auto& each) { return each.second; })->second;
    due_.emplace(bound.due_ns, key);
    if (auto pushed = push(session, *session.policy, address, bound, now); !pushed) return pushed;
    addresses[address] = std::move(bound);
    return {};
}

Result<void> Names::bind_anew(const Session& session, LoadedPolicy& next) {
    const uint64_t now = boot_ns();
    for (const auto& [address, bound] : sessions_[session.kernel_id])
        if (auto pushed = push(session, next, address, bound, now); !pushed) return pushed;
    return {};
}

bool Names::make_room(const Session& session, uint64_t now_ns) {
    auto& addresses = sessions_[session.kernel_id];
    const auto oldest = std::ranges::min_element(addresses, {}, [](const auto& each) { return each.second.until_ns; });
    if (oldest == addresses.end() || oldest->second.until_ns > now_ns) return false;
    kernel_.drop_name(session.kernel_id, session.policy->tables_id, oldest->first);
    due_.erase({oldest->second.due_ns, Key{session.kernel_id, oldest->first}});
    addresses.erase(oldest);
    return true;
}

void Names::on_time(uint64_t now_ns, const std::function<const Session*(uint64_t)>& find) {
    while (!due_.empty() && due_.begin()->first <= now_ns) {
        const auto [kernel_id, address] = due_.begin()->second;
        due_.erase(due_.begin());
        const auto addresses = sessions_.find(kernel_id);
        const Session* session = find(kernel_id);
        if (addresses == sessions_.end() || !session) continue;
        const auto found = addresses->second.find(address);
        if (found == addresses->second.end()) continue;
        Bound& bound = found->second;
        (void)push(*session, *session->policy, address, bound, now_ns);
        const auto over = [&](const auto& each) { return each.second <= now_ns; };
        if (std::ranges::all_of(bound.names, over)) continue;
        std::erase_if(bound.names, over);
        bound.due_ns = std::ranges::min_element(bound.names, {}, [](const auto& each) { return each.second; })->second;
        due_.emplace(bound.due_ns, Key{kernel_id, address});
    }
}

void Names::forget(const Session& session) {
    if (const auto addresses = sessions_.find(session.kernel_id); addresses != sessions_.end()) {
        for (const auto& [address, bound] : addresses->second) due_.erase({bound.due_ns, Key{session.kernel_id, address}});
        sessions_.erase(addresses);
    }
    if (session.policy->hosts) kernel_.drop_names(session.kernel_id, 0);
}

std::string Names::name_of(uint64_t kernel_id, const policy::Address& address) const {
    const auto addresses = sessions_.find(kernel_id);
    if (addresses == sessions_.end()) return {};
    const auto bound = addresses->second.find(address);
    return bound == addresses->second.end() ? std::string() : bound->second.last;
}

}  // namespace remit::session
