// Gives the tools and labels of a policy the numbers that they have in another one, so that what a session has seen, and what was approved
// for it, means the same under both. Used by session/own.h.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/model.h"

namespace remit::policy {

// Names by number.
struct Numbers {
    std::vector<std::string> tools;
    std::vector<std::string> labels;

    bool operator==(const Numbers&) const = default;
};

Numbers numbers_of(const Policy& policy);
// What is in numbers keeps its number, what is not comes behind; a tool that the policy has no more leaves its place empty, but for its
// name. Examples go: they were played. Of tied tools the lowest number pays, as ever.
Result<void> renumber(Policy& policy, const Numbers& numbers);

}  // namespace remit::policy
