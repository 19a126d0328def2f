// The files that a policy's program patterns name: walked at session start, so that known programs need no question. A walk is bounded in
// number and time; what was left out is asked about when it is run. No kernel; used by session/programs.h.
#pragma once

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "session/files.h"

namespace remit::session {

// The folders of a pattern before its first `*`, or the whole of an exact path.
std::string fixed_part(const std::string& pattern);

// A fixed part that leads through a symbolic link: what the author wrote, and where it ends. Only the author's own words are followed in
// this way; a link inside a granted folder does not carry the grant to where it points.
struct Alias {
    std::string written;
    std::string real;
};
std::vector<Alias> find_aliases(const Root& root, std::span<const std::string> patterns);
// The path itself, then what it is called through the aliases.
std::vector<std::string> names_of(const std::string& path, std::span<const Alias> aliases);

struct WalkLimits {
    size_t files = 0;
    // Of the trees of patterns with `**`, and no longer: every session waits while the daemon walks, and a cold disk hands out some hundred
    // entries a second.
    std::chrono::milliseconds trees{};
};

// Hands every regular, executable file that a pattern means to visit, once for each pattern that leads to it, exact paths first and trees
// last; symbolic links inside are not followed. Returns how many files were handed out.
size_t walk_programs(const Root& root, std::span<const std::string> patterns, const WalkLimits& limits,
                     const std::function<void(FoundFile)>& visit);

}  // namespace remit::session
