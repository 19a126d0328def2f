#include "daemon/traffic.h"

#include <algorithm>

#include "daemon/counters.h"
#include "daemon/event_record.h"
#include "policy/names.h"

namespace remit::daemon {

namespace {

// Policies and tools are an operator's; those of a host with more than this are summed under "other".
constexpr size_t kMostSeries = 4096;

uint64_t bytes_of(const trail::Traffic& traffic) {
    return traffic.bytes_out + traffic.bytes_in;
}

template <typename To, typename From>
void add(To& to, const From& from) {
    to.bytes_out += from.bytes_out;
    to.bytes_in += from.bytes_in;
    to.packets_out += from.packets_out;
    to.packets_in += from.packets_in;
}

template <typename Sums, typename From>
void add(Sums& sums, std::pair<std::string, std::string> labels, const From& amounts) {
    if (sums.size() >= kMostSeries && !sums.contains(labels)) labels = {"other", "other"};
    add(sums[labels], amounts);
}

trail::Traffic traffic_of(const remit_flow& flow, const policy::Policy& policy, const HostOf& host_of) {
    trail::Traffic traffic;
    traffic.tool = policy::tool_name(policy, flow.tool);
    traffic.listened = flow.protocol & REMIT_LISTENS;
    if (flow.protocol != 0) {
        remit_stamp stamp{};
        std::copy(std::begin(flow.address), std::end(flow.address), stamp.address);
        stamp.port = flow.port;
        stamp.protocol = flow.protocol & ~REMIT_LISTENS;
        traffic.endpoint = endpoint_of(stamp);
        policy::Address address;
        std::copy(std::begin(flow.address), std::end(flow.address), address.begin());
        traffic.endpoint.host = host_of(address);
        if (!traffic.endpoint.host.empty()) traffic.endpoint.host_from = "dns";
    }
    add(traffic, flow);
    return traffic;
}

}  // namespace

std::vector<trail::Traffic> traffic_of(const std::vector<remit_flow>& flows, const policy::Policy& policy, const HostOf& host_of,
                                       size_t most) {
    std::vector<trail::Traffic> endpoints;
    std::map<std::string, trail::Traffic> others;
    const auto add_other = [&](const trail::Traffic& traffic) {
        trail::Traffic& other = others[traffic.tool];
        other.tool = traffic.tool;
        add(other, traffic);
    };
    for (const remit_flow& flow : flows) {
        trail::Traffic traffic = traffic_of(flow, policy, host_of);
        if (traffic.endpoint.address.empty())
            add_other(traffic);
        else
            endpoints.push_back(std::move(traffic));
    }
    std::ranges::stable_sort(endpoints, std::greater(), bytes_of);
    for (; endpoints.size() > most; endpoints.pop_back()) add_other(endpoints.back());
    for (const auto& [tool, other] : others) endpoints.push_back(other);
    return endpoints;
}

void TrafficSums::add_session(const std::string& policy, const remit_session& counts) {
    add(by_policy_, {policy, ""}, counts);
}

void TrafficSums::add_flow(const policy::Policy& policy, const remit_flow& flow) {
    add(by_tool_, {policy.name, policy::tool_name(policy, flow.tool)}, flow);
}

void TrafficSums::append(std::string& out, const std::map<Labels, Amounts>& sums, bool tools) {
    const std::string name = tools ? "remit_tool_" : "remit_";
    const char* of = tools ? " by tool, without the last few packets of open sockets." : " of sessions.";
    for (const bool bytes : {true, false}) {
        const std::string unit = bytes ? "bytes" : "packets";
        append_head(out, name + unit + "_total", "counter",
                    ((bytes ? "Bytes that passed," : "Packets that passed,") + std::string(of)).c_str());
        for (const auto& [labels, amounts] : sums) {
            std::string each = "policy=\"" + label_value(labels.first) + "\",";
            if (tools) each += "tool=\"" + label_value(labels.second) + "\",";
            append_sample(out, name + unit + "_total", each + "direction=\"out\"", bytes ? amounts.bytes_out : amounts.packets_out);
            append_sample(out, name + unit + "_total", each + "direction=\"in\"", bytes ? amounts.bytes_in : amounts.packets_in);
        }
    }
}

void TrafficSums::append(std::string& out) const {
    append(out, by_policy_, false);
    append(out, by_tool_, true);
}

}  // namespace remit::daemon
