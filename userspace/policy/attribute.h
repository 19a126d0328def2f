// Which tools cover an object, and which of them most specifically (POLICY.md step 3). Usable by everyone above policy/.
// Programs and unix sockets with a path are attributed here only, for the session's own root; all else also by the compiled tables, with
// the same result.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
    uint32_t bar = 0;  // enum remit_reason: why this rule gives nothing away; 0: nothing bars it
};

struct Attribution {
    remit_toolset toolset{};
    std::vector<Covering> coverings;  // most specific first, then by tool
};

// What is known of a program; its paths are absolute and resolved, in the session's root.
struct ProgramFacts {
    std::vector<std::string> paths{};  // as given, and with its links resolved: a rule covers it when it covers one of them
    uint8_t kinds = 0;                 // enum ProgramKind
    bool writable_by_session = false;
    std::optional<Digest> sha256{};  // where wants_hash; missing there, it counts as another content
};

// A wildcard's specificity is the bytes before its first `*`; two wildcards with the same bytes before it are tied, whatever follows. A
// content hash that matches is more specific than any path. Rules of the most specific kind that are barred (WRITABLE: the session can
// write the program and the tool does not say so; HASH_MISMATCH: the path fits and the content does not) count only when all are.
Attribution attribute_program(const Policy& policy, const ProgramFacts& facts);
remit_toolset program_toolset(const Policy& policy, const ProgramFacts& facts);
// The same for an ordinary program that the session cannot write and whose content is not known.
remit_toolset program_toolset(const Policy& policy, std::string_view path);
remit_toolset program_toolset(const Policy& policy, const std::vector<std::string>& paths);
// Does any rule ask for the content of a program with these paths?
bool wants_hash(const Policy& policy, const std::vector<std::string>& paths);
// What examples and explanations take a path for: an ordinary program with the content that the policy wants there.
ProgramFacts expected_program(const Policy& policy, std::string_view path);

// Endpoints; listeners where target.protocol has REMIT_LISTENS. Of a target by name the rules for hosts alone: what its address adds is
// known when it was looked up.
Attribution attribute_endpoint(const Policy& policy, const Target& target);

// Every rule for a host that has this name, at whatever port; toolset is that of all of them together.
Attribution attribute_name(const Policy& policy, const std::string& name);

// names: of one socket, "@" in front of an abstract one. With peer_endpoint set in the toolset, it holds for listeners whose program fits:
// peer_toolset says for which. Names that ask for different listeners cover the socket and give it to nobody.
Attribution attribute_unix(const Policy& policy, const std::vector<std::string>& names);
remit_toolset unix_toolset(const Policy& policy, const std::vector<std::string>& names);
// The toolset of the sockets of this endpoint number when a program with these paths listens; empty when it does not fit.
remit_toolset peer_toolset(const Policy& policy, uint16_t endpoint, const std::vector<std::string>& peer_paths);

// Sockets of a family; protocol as given to socket(2).
remit_toolset family_toolset(const Policy& policy, uint16_t family, uint16_t protocol);

}  // namespace remit::policy
