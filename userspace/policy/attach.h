// Attach globs: which cgroups a policy is for. A glob means cgroups of one depth; what lies below a bound cgroup is its session's. Pure;
// used by check, session/ and cli/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/pattern.h"

namespace remit::policy {

// A glob among those of all installed policies. Paths begin at the cgroup root ("/agents.slice/coding-1.scope").
struct Glob {
    std::string policy;
    Pattern pattern{};
};

// How many folders deep: the globs that match a cgroup are as deep as it is.
size_t depth_of(std::string_view path);
// The deepest folder, named without a `*`, that every matching cgroup is below: "/agents.slice" for "/agents.slice/*", "/" for "/a*"; of a
// pattern without a `*` the one cgroup that it means.
std::string_view fixed_folder(const Pattern& pattern);
// Can some cgroup match both?
bool overlap(const Pattern& a, const Pattern& b);

// What becomes of a cgroup that is in no session.
struct Match {
    enum class Kind {
        kNone,      // no glob means it, or a cgroup above it
        kBind,      // it is for glob
        kPassage,   // glob means it, and a deeper one may mean a cgroup below it: each of those is matched for itself
        kConflict,  // glob and other mean it, of two policies and equally deep
    };
    Kind kind = Kind::kNone;
    const Glob* glob = nullptr;
    const Glob* other = nullptr;
};

// The deepest glob that means the cgroup or one above it.
Match match(const std::vector<Glob>& globs, std::string_view cgroup);

// Of these globs, the pairs of two policies and one depth that some cgroup matches both of.
std::vector<Match> conflicts(const std::vector<Glob>& globs);

}  // namespace remit::policy
