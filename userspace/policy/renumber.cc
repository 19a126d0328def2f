#include "policy/renumber.h"

#include <algorithm>

namespace remit::policy {
namespace {

// Where each name goes: to its place among the old ones, or behind them. count: how many places there are in all.
std::vector<uint32_t> places_of(const std::vector<std::string>& names, const std::vector<std::string>& old, size_t& count) {
    std::vector<uint32_t> places;
    count = old.size();
    for (const std::string& name : names) {
        const auto at = std::ranges::find(old, name);
        places.push_back(static_cast<uint32_t>(at == old.end() ? count++ : static_cast<size_t>(at - old.begin())));
    }
    return places;
}

struct Mapping {
    std::vector<uint32_t> tools;
    std::vector<uint32_t> labels;

    void move_tools(const __u64* from, __u64* to) const {
        for (uint32_t tool = 0; tool < tools.size(); tool++)
            if (has_mark(from, tool)) add_mark(to, tools[tool]);
    }
    __u64 move_labels(__u64 from) const {
        __u64 to = 0;
        for (uint32_t label = 0; label < labels.size(); label++) to |= (from >> label & 1) << labels[label];
        return to;
    }
    void move(Marks& marks) const {
        Marks moved{};
        move_tools(marks.data(), moved.data());
        moved[REMIT_TOOL_WORDS] = move_labels(marks[REMIT_TOOL_WORDS]);
        marks = moved;
    }
};

void move_rules(Policy& policy, const Mapping& mapping) {
    for (Grant& grant : policy.grants) {
        grant.tool = static_cast<uint16_t>(mapping.tools[grant.tool]);
        mapping.move(grant.only_after);
        mapping.move(grant.never_after);
    }
    for (Deny& deny : policy.denies) {
        decltype(deny.tools) moved{};
        mapping.move_tools(deny.tools.data(), moved.data());
        deny.tools = moved;
        mapping.move(deny.after);
    }
    for (UnixEndpoint& endpoint : policy.unix_endpoints) endpoint.tool = static_cast<uint16_t>(mapping.tools[endpoint.tool]);
}

}  // namespace

Numbers numbers_of(const Policy& policy) {
    Numbers numbers{{}, policy.labels};
    for (const Tool& tool : policy.tools) numbers.tools.push_back(tool.name);
    return numbers;
}

Result<void> renumber(Policy& policy, const Numbers& numbers) {
    const Numbers before = numbers_of(policy);
    size_t tool_count = 0;
    size_t label_count = 0;
    const Mapping mapping{places_of(before.tools, numbers.tools, tool_count), places_of(before.labels, numbers.labels, label_count)};
    if (tool_count > REMIT_MAX_TOOLS || label_count > REMIT_MAX_LABELS)
        return Error{Code::kRefused, "the session has seen other tools or labels: with these they are more than 256, or 64",
                     "start a new session under the new policy"};
    std::vector<Tool> tools(tool_count);
    for (size_t i = 0; i < numbers.tools.size(); i++) tools[i].name = numbers.tools[i];
    for (size_t i = 0; i < policy.tools.size(); i++) {
        policy.tools[i].labels = mapping.move_labels(policy.tools[i].labels);
        tools[mapping.tools[i]] = std::move(policy.tools[i]);
    }
    std::vector<std::string> labels = numbers.labels;
    labels.resize(label_count);
    for (size_t i = 0; i < before.labels.size(); i++) labels[mapping.labels[i]] = before.labels[i];
    move_rules(policy, mapping);
    policy.tools = std::move(tools);
    policy.labels = std::move(labels);
    policy.examples.clear();
    return {};
}

}  // namespace remit::policy
