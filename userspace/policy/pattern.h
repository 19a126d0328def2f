// Paths of programs, exact or with `*` (within a folder) and `**` (anything below), and names of unix sockets. Usable by everyone above
// policy/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remit::policy {

struct Pattern {
    std::string text;
    bool exact = true;  // without a `*`; more specific than every other kind
    size_t fixed = 0;   // bytes before the first `*`: the longer, the more specific

    bool matches(std::string_view path) const;
};

// Absolute, without "//", "." and ".." or a slash at its end; `*` stands for any bytes but "/", `**` only as the last component.
Result<Pattern> parse_pattern(std::string_view text);

// An absolute path in its plain form, without wildcards' meaning: what exec steps and `--exec` take.
bool is_plain_path(std::string_view path);

// Can it be the name of a unix socket: an absolute path in its plain form, or "@" and an abstract name; at most 107 bytes, no `*`.
Result<void> check_unix_name(std::string_view name);

}  // namespace remit::policy
