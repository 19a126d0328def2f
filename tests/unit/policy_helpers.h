// Policies from text for the policy tests; a § in a text marks the place where a diagnostic is expected.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/check.h"

namespace remit::policy::testing {

struct Marked {
    std::string text;
    std::vector<std::pair<uint32_t, uint32_t>> places;  // line, column
};

inline Marked take_marks(std::string_view marked) {
    static constexpr std::string_view kMark = "§";
    Marked out;
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < marked.size();) {
        if (marked.substr(i).starts_with(kMark)) {
            out.places.emplace_back(line, column);
            i += kMark.size();
            continue;
        }
        column = marked[i] == '\n' ? 1 : column + 1;
        line += marked[i] == '\n';
        out.text += marked[i++];
    }
    return out;
}

inline Source source_of(std::string text, std::vector<SourceFile> imports = {}) {
    Source source;
    source.files.push_back({"p.textproto", std::move(text)});
    for (SourceFile& file : imports) source.files.push_back(std::move(file));
    return source;
}

inline std::string all_text(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += to_text(diagnostic) + "\n";
    return text;
}

// Of one severity, "line:column code".
inline std::vector<std::string> summary(const std::vector<Diagnostic>& diagnostics, Severity severity) {
    std::vector<std::string> lines;
    for (const Diagnostic& d : diagnostics)
        if (d.severity == severity)
            lines.push_back(std::to_string(d.position.line) + ":" + std::to_string(d.position.column) + " " + d.code);
    return lines;
}

// A policy that has to be free of errors.
inline Checked good(const std::string& text, std::vector<SourceFile> imports = {}) {
    Checked checked = check(source_of(text, std::move(imports)));
    EXPECT_TRUE(checked.policy) << all_text(checked.diagnostics);
    return checked;
}

}  // namespace remit::policy::testing
