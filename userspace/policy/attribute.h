// Which tools cover an object, and which of them most specifically (POLICY.md step 3). Usable by everyone above policy/.
// Programs are attributed here only, by path, for the session's own root; endpoints also by the compiled tables, with the same result.
#pragma once

#include <string_view>

#include "policy/model.h"
#include "policy/specificity.h"

namespace remit::policy {

// One rule that covers the object.
struct Covering {
    uint16_t tool = 0;
    Specificity specificity;
    bool best = false;
    std::string why;  // "exact path /usr/bin/git", "10.20.0.0/16 ports 8000-8999"
    Position position;
};

struct Attribution {
    remit_toolset toolset{};
    std::vector<Covering> coverings;  // most specific first, then by tool
};

// path: absolute and resolved, in the session's root. A wildcard's specificity is the bytes before its first `*`; two wildcards with the
// same bytes before it are tied, whatever follows.
Attribution attribute_program(const Policy& policy, std::string_view path);
Attribution attribute_endpoint(const Policy& policy, const Target& target);

// The toolset alone, without the texts.
remit_toolset program_toolset(const Policy& policy, std::string_view path);
// The same over several names of one file (as given, and with its links resolved): a rule covers it when it covers one of them.
remit_toolset program_toolset(const Policy& policy, const std::vector<std::string>& paths);

}  // namespace remit::policy
