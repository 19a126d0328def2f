// What check says about a policy: one line with its position, and a hint. Usable by everyone above policy/.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace remit::policy {

// A place in a policy's source. Lines and columns count from 1, columns in bytes; file indexes Source::files.
struct Position {
    uint32_t file = 0;
    uint32_t line = 1;
    uint32_t column = 1;

    auto operator<=>(const Position&) const = default;
};

enum class Severity { kError, kWarning };

struct Diagnostic {
    Position position{};
    std::string file{};  // as shown
    Severity severity = Severity::kError;
    std::string code{};  // a word of docs/policy-errors.md
    std::string message{};
    std::string hint{};  // may be empty
};

// "file:line:column: code: message", warnings with "warning: " before the code, and the hint on an indented line of its own.
std::string to_text(const Diagnostic& diagnostic);
// The same without the hint.
std::string first_line(const Diagnostic& diagnostic);

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace remit::policy
