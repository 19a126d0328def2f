// A policy of arbitrary text, with an import: no crash, every diagnostic at a place that exists, the same each time, and a policy that has
// no error decides.
#include <algorithm>

#include "fuzz/input.h"
#include "policy/check.h"
#include "policy/explain.h"
#include "policy/simulate.h"

namespace remit::fuzz {
namespace {

using policy::Checked;
using policy::Diagnostic;
using policy::Source;

// A line of its own that ends the main file; what follows is the file that `import: "i"` means.
constexpr std::string_view kImport = "\n---\n";

Source source_of(std::string_view text) {
    const size_t cut = text.find(kImport);
    const std::string main(text.substr(0, cut));
    const std::string import(cut == std::string_view::npos ? "" : text.substr(cut + kImport.size()));
    auto reader = [&](const std::string& path) -> Result<std::string> {
        if (path == "p") return main;
        if (path == "i") return import;
        return Error{Code::kMissing, "no such file", ""};
    };
    auto source = policy::read_source("p", reader);
    REMIT_HOLDS(source);
    return *source;
}

void check_position(const Source& source, const Diagnostic& diagnostic) {
    REMIT_HOLDS(diagnostic.position.file < source.files.size());
    const std::string& bytes = source.files[diagnostic.position.file].bytes;
    REMIT_HOLDS(diagnostic.position.line >= 1 && diagnostic.position.column >= 1);
    size_t begin = 0;
    for (uint32_t line = 1; line < diagnostic.position.line; line++) {
        begin = bytes.find('\n', begin);
        REMIT_HOLDS(begin != std::string::npos);
        begin++;
    }
    const size_t end = std::min(bytes.find('\n', begin), bytes.size());
    REMIT_HOLDS(diagnostic.position.column <= end - begin + 1);
    REMIT_HOLDS(!diagnostic.code.empty() && !diagnostic.message.empty());
    REMIT_HOLDS(!policy::to_text(diagnostic).empty());
}

std::string all_text(const Checked& checked) {
    std::string text;
    for (const Diagnostic& diagnostic : checked.diagnostics) text += policy::to_text(diagnostic) + "\n";
    return text;
}

void check_decisions(const Checked& checked) {
    policy::Simulation simulation(*checked.policy, *checked.tables);
    for (const char* path : {"/usr/bin/git", "/bin/a", "/"}) {
        const policy::Outcome outcome = simulation.exec(path);
        REMIT_HOLDS(outcome.verdict.kind <= REMIT_PENDING);
        policy::Question question;
        question.object = std::string(path);
        auto explained = policy::explain(*checked.policy, *checked.tables, question);
        REMIT_HOLDS(explained && !policy::to_lines(*checked.policy, *explained).empty());
    }
    simulation.revoke();
    REMIT_HOLDS(simulation.exec("/bin/a").verdict.reason == REMIT_REASON_REVOKED);
}

}  // namespace
}  // namespace remit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace remit;
    const policy::Source source = fuzz::source_of({reinterpret_cast<const char*>(data), size});
    const policy::Checked checked = policy::check(source);
    for (const policy::Diagnostic& diagnostic : checked.diagnostics) fuzz::check_position(source, diagnostic);
    REMIT_HOLDS(checked.policy.has_value() == checked.tables.has_value());
    REMIT_HOLDS(checked.policy.has_value() == !policy::has_errors(checked.diagnostics));
    REMIT_HOLDS(fuzz::all_text(checked) == fuzz::all_text(policy::check(source)));
    if (checked.policy) fuzz::check_decisions(checked);
    return 0;
}
