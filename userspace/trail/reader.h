// Reads a trail back, line by line, for those who look something up: `remit trail show`, `remit why`. Proves nothing; verify.h does.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remit::trail {

// Every text that is not empty must match.
struct Filter {
    std::string session{};  // the beginning of an id, or a name
    std::string kind{};
    std::string crossing{};
    std::string verdict{};
    std::string reason{};
    std::string effect{};
    std::string tool{};
    std::string since{};  // RFC 3339 UTC with nanoseconds, as format_time() gives it
};

bool matches(const nlohmann::json& line, const Filter& filter);

// False stops the reading. `raw` is the exact line.
using OnLine = std::function<bool(std::string_view raw, const nlohmann::json& line)>;

// Hands the matching lines of folders and files out, in the order of their segments. A cut-off last line is passed over.
Result<void> read_trail(const std::vector<std::string>& paths, const Filter& filter, const OnLine& on_line);

}  // namespace remit::trail
