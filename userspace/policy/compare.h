// Two policies compared by what they say, tool by tool: what became allowed, refused, or a question for a person. For
// `remit policy diff`. Usable by everyone above policy/.
#pragma once

#include <string>
#include <vector>

#include "policy/model.h"

namespace remit::policy {

struct Difference {
    enum class Kind { kAllowed, kRefused, kPending, kOther };
    Kind kind = Kind::kOther;
    std::string text;
};

// By kind, then in the order of the newer policy. Names of tools and what they cover are compared, not the order of declaration, nor
// texts for people.
std::vector<Difference> compare(const Policy& before, const Policy& after);

}  // namespace remit::policy
