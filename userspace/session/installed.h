// Installed policies: NAME.textproto in the daemon's policy folder, a file or a link to `by-hash/<identity>/<file>`. A link changes at
// once with all imports; every source that was ever installed stays under its hash. Used by daemon/ and cli/.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/source.h"

namespace remit::session {

inline constexpr const char* kDefaultPolicyDir = "/etc/remit/policies";
// What comes with the package: found by name where nobody has installed one of that name, and never attached by its globs.
inline constexpr const char* kShippedPolicyDir = "/usr/share/remit/policy";

// Letters, digits, "-", "_" and ".", not beginning with a dot.
bool is_installed_name(const std::string& name);

// Where the main file of an installed policy is; links are followed, so that imports are looked for beside the file itself. kUsage for
// what can be no name, kMissing when there is none.
Result<std::string> find_installed(const std::string& folder, const std::string& name, const std::string& shipped = kShippedPolicyDir);

// An installed policy with all that it imports, in the caller's rights; path as find_installed() gives it.
Result<policy::Source> read_installed(const std::string& path);

// Names in a folder, sorted; none where there is no folder.
Result<std::vector<std::string>> list_installed(const std::string& folder);

struct Installed {
    std::string path;      // NAME.textproto
    std::string replaced;  // identity of what was there before; empty: nothing
};

// The caller has checked it. What was there before is kept under its hash. A crash leaves the old policy or the new one.
Result<Installed> install(const std::string& folder, const std::string& name, const policy::Source& source);

}  // namespace remit::session
