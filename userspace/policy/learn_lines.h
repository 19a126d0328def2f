// The lines of a drafted tool: what was used of one kind, written as a policy says it. Used by learn.cc.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "policy/recorded.h"

namespace remit::policy {

// `program { path: "…" }` and how often it was used.
struct Line {
    std::string text;
    uint64_t uses = 0;
    uint64_t objects = 1;
    std::string note{};  // after the count
};

// What was refused: no line may cover it.
struct Refused {
    std::set<std::string> paths{};
    std::set<std::tuple<Address, uint16_t, uint16_t>> targets{};  // address, protocol (with REMIT_LISTENS), port

    bool any_at(const std::string& pattern) const;
    bool any_in(const Prefix& prefix, uint16_t protocol, Ports ports) const;
};

// In quotes, as the text format wants them.
std::string quoted_text(std::string_view text);

// Ordinary programs at paths. others: covered by rules of their own, which a pattern must not go before.
std::vector<Line> program_lines(const std::map<std::string, uint64_t>& uses, const Refused& refused, const std::set<std::string>& others,
                                std::vector<std::string>& unsaid);

// Uses by protocol, address and port; of listeners with REMIT_LISTENS.
using EndpointUses = std::map<uint16_t, std::map<Address, std::map<uint16_t, uint64_t>>>;
std::vector<Line> endpoint_lines(const EndpointUses& uses, const Refused& refused);
std::vector<Line> listen_lines(const EndpointUses& uses, const Refused& refused);

// `socket { … }` of a family and protocol; empty when no policy can say it.
std::string socket_line(uint16_t family, uint16_t protocol);

}  // namespace remit::policy
