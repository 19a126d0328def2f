// Many paths or addresses as few patterns or prefixes, for policies that are written from a record. `refused`: what none of them may cover.
// Used by learn.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policy/address.h"

namespace remit::policy {

// A line of a policy: what it says, how many objects it stands for, and how often they were used.
struct Folded {
    std::string text;
    uint64_t objects = 0;
    uint64_t uses = 0;
};

// Paths to uses. A folder with many of them becomes `folder/*`, one with many such folders `folder/**`. Paths that no pattern can say
// become the folder they are in; unsaid holds those that nothing can say.
std::vector<Folded> fold_paths(const std::map<std::string, uint64_t>& uses, const std::function<bool(const std::string& pattern)>& allowed,
                               std::vector<std::string>& unsaid);

struct FoldedPrefix {
    Prefix prefix{};
    uint64_t objects = 0;
    uint64_t uses = 0;
};

// Addresses to uses: the widest prefixes that are dense with them, IPv4 up to /16 and IPv6 up to /64.
std::vector<FoldedPrefix> fold_addresses(const std::map<Address, uint64_t>& uses, const std::function<bool(const Prefix&)>& allowed);

// Ports as ranges: runs, and when there are too many of them the smallest gaps are closed where that is allowed.
std::vector<Ports> fold_ports(const std::vector<uint16_t>& sorted, const std::function<bool(Ports gap)>& allowed);

}  // namespace remit::policy
