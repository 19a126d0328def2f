// Numbers of verdicts and records as the names that the policy gave. Usable by everyone above policy/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/model.h"

namespace remit::policy {

// Name of a tool by its bit; empty for REMIT_NO_TOOL and for numbers that the policy does not have.
std::string tool_name(const Policy& policy, uint32_t tool);
// Name of a tool or label by its bit.
std::string mark_name(const Policy& policy, uint32_t mark);
// Names of all marks that are set, tools first.
std::vector<std::string> mark_names(const Policy& policy, const __u64* words);
std::vector<std::string> tool_names(const Policy& policy, const __u64* words);

// The rule behind a verdict, "grant deploy (coding.textproto:31)"; of a deny with the author's reason behind it. REMIT_NO_RULE with a tool
// names the tool's unconditional grant, or that it has none; without a tool what decided instead: the lifetime, or `otherwise`.
std::string rule_text(const Policy& policy, uint16_t tool, uint16_t rule, uint8_t reason);

// The grants of a tool in one word: "granted", "conditional", "denied" (at once, always) or "not granted".
std::string_view standing_of(const Policy& policy, uint16_t tool);

}  // namespace remit::policy
