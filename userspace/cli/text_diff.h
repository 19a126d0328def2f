// The difference of two texts, line by line. Pure. Used by `remit init`.
#pragma once

#include <string>
#include <string_view>

namespace remit::cli {

// Each line that is gone behind "- ", each new one behind "+ ", with up to 2 lines that stay around them behind "  ", and "…" for the rest.
// Empty: the texts are equal.
std::string text_diff(std::string_view before, std::string_view after);

}  // namespace remit::cli
