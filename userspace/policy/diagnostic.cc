#include "policy/diagnostic.h"

#include <algorithm>

namespace remit::policy {

std::string first_line(const Diagnostic& diagnostic) {
    return diagnostic.file + ":" + std::to_string(diagnostic.position.line) + ":" + std::to_string(diagnostic.position.column) + ": " +
           (diagnostic.severity == Severity::kWarning ? "warning: " : "") + diagnostic.code + ": " + diagnostic.message;
}

std::string to_text(const Diagnostic& diagnostic) {
    return first_line(diagnostic) + (diagnostic.hint.empty() ? "" : "\n    " + diagnostic.hint);
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::ranges::any_of(diagnostics, [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

}  // namespace remit::policy
