#include "policy/diagnostic.h"

#include <algorithm>

namespace remit::policy {

std::string to_text(const Diagnostic& diagnostic) {
    std::string text = diagnostic.file + ":" + std::to_string(diagnostic.position.line) + ":" + std::to_string(diagnostic.position.column) +
                       ": " + (diagnostic.severity == Severity::kWarning ? "warning: " : "") + diagnostic.code + ": " + diagnostic.message;
    if (!diagnostic.hint.empty()) text += "\n    " + diagnostic.hint;
    return text;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return std::ranges::any_of(diagnostics, [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

}  // namespace remit::policy
