// A policy's parts in words, for people who compare or read policies: `remit policy show`, `remit policy diff`. Usable by everyone above
// policy/.
#pragma once

#include <string>
#include <vector>

#include "policy/model.h"

namespace remit::policy {

// What a tool covers, a phrase each, in the order of declaration: "program /usr/bin/git", "endpoint 10.20.0.0/16 port 443 tcp".
std::vector<std::string> covers_in_words(const Policy& policy, uint16_t tool);

// "from 1m, at most 3 times, only after repo"; empty for a grant without conditions.
std::string conditions_in_words(const Policy& policy, const Grant& grant);
// "always, after records (no export once records were read)"; may be empty.
std::string deny_in_words(const Policy& policy, const Deny& deny);
// The tools of a deny, by name.
std::vector<std::string> denied_tools(const Policy& policy, const Deny& deny);

}  // namespace remit::policy
