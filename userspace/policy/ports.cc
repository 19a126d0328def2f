// Segments of the port space: a sweep over the ranges' ends, so that k ranges cost k log k.
#include <netinet/in.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "policy/narrow.h"
#include "policy/specificity.h"
#include "policy/zones.h"

namespace remit::policy {
namespace {

struct Event {
    uint32_t port;
    bool begins;
    size_t layer;
    uint16_t tool;
    Specificity specificity;
};

// The ranges of one layer that hold the port of the sweep.
class Layer {
public:
    void apply(const Event& event) {
        const int by = event.begins ? 1 : -1;
        change(tools_, event.tool, by);
        auto& tied = by_specificity_[event.specificity];
        change(tied, event.tool, by);
        if (tied.empty()) by_specificity_.erase(event.specificity);
    }
    bool empty() const { return tools_.empty(); }

    remit_toolset toolset(const Policy& policy) const {
        remit_toolset toolset{};
        for (const auto& [tool, count] : tools_) add_mark(toolset.covers, tool);
        if (by_specificity_.empty()) return toolset;
        for (const auto& [tool, count] : by_specificity_.rbegin()->second) {
            add_mark(toolset.best, tool);
            toolset.labels |= policy.tools[tool].labels;
        }
        return toolset;
    }

private:
    static void change(std::map<uint16_t, int>& counts, uint16_t tool, int by) {
        if ((counts[tool] += by) == 0) counts.erase(tool);
    }

    std::map<uint16_t, int> tools_;
    std::map<Specificity, std::map<uint16_t, int>> by_specificity_;
};

// The same of the policy and of those that it is within.
class Active {
public:
    explicit Active(const Policy& policy) : policy_(policy), layers_(layers_of(policy)) {}

    void apply(const Event& event) { layers_[event.layer].apply(event); }
    bool empty() const { return layers_[0].empty(); }
    remit_toolset toolset() const {
        remit_toolset toolset = layers_[0].toolset(policy_);
        size_t layer = 0;
        bar(policy_, toolset, [&](const Policy& within) { return layers_[++layer].toolset(within); });
        return toolset;
    }

private:
    const Policy& policy_;
    std::vector<Layer> layers_;
};

std::vector<Event> events_of(const std::vector<const Effect*>& effects, uint16_t protocol) {
    std::vector<Event> events;
    const bool listens = protocol & REMIT_LISTENS;
    const bool tcp = (protocol & ~REMIT_LISTENS) == IPPROTO_TCP;
    for (const Effect* effect : effects) {
        if (effect->listens != listens || (tcp ? !effect->tcp : !effect->udp)) continue;
        for (const Ports& ports : effect->ports) {
            const Specificity specificity = specificity_of(effect->kind, effect->prefix, ports);
            events.push_back({ports.first, true, effect->layer, effect->tool, specificity});
            events.push_back({ports.last + 1u, false, effect->layer, effect->tool, specificity});
        }
    }
    std::ranges::sort(events, {}, &Event::port);
    return events;
}

// The fewest prefixes that are exactly first..last: at most 30 of them.
void add_prefixes(uint32_t first, uint32_t last, const Tables::Port& like, std::vector<Tables::Port>& out) {
    while (first <= last) {
        uint32_t size = first == 0 ? 1u << 16 : 1u << std::countr_zero(first);
        while (size > last - first + 1) size /= 2;
        Tables::Port port = like;
        port.port = static_cast<uint16_t>(first);
        port.bits = 16 - static_cast<uint32_t>(std::countr_zero(size));
        out.push_back(port);
        first += size;
    }
}

}  // namespace

void add_ports(const Policy& policy, const std::vector<const Effect*>& effects, uint16_t protocol, uint32_t zone, Tables& tables) {
    const std::vector<Event> events = events_of(effects, protocol);
    Active active(policy);
    Tables::Port segment{.zone = zone, .protocol = protocol};
    uint32_t first = 0;
    bool open = false;
    for (size_t i = 0; i < events.size();) {
        const uint32_t port = events[i].port;
        while (i < events.size() && events[i].port == port) active.apply(events[i++]);
        const remit_toolset toolset = active.toolset();
        if (open && !active.empty() && std::memcmp(&toolset, &segment.toolset, sizeof(toolset)) == 0) continue;
        if (open) add_prefixes(first, port - 1, segment, tables.ports);
        segment.toolset = toolset;
        first = port;
        open = !active.empty();
    }
}

}  // namespace remit::policy
