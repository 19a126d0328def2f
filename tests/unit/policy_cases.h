// Policies that are wrong in one way each, with a § where it must be said.
#pragma once

#include <string>
#include <vector>

#include "unit/policy_helpers.h"

namespace remit::policy::testing {

struct Case {
    const char* name;
    const char* text;  // a § at each expected place
    std::vector<const char*> codes;
};

inline void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

#define REMIT_TOOL(name) "tool { name: \"" name "\" endpoint { host: \"2001:db8::1\" port: \"443\" } }\n"

// "line:column code" of each mark.
inline std::vector<std::string> expected_of(const Case& c, const Marked& marked) {
    std::vector<std::string> expected;
    EXPECT_EQ(marked.places.size(), c.codes.size());
    for (size_t i = 0; i < marked.places.size() && i < c.codes.size(); i++)
        expected.push_back(std::to_string(marked.places[i].first) + ":" + std::to_string(marked.places[i].second) + " " + c.codes[i]);
    return expected;
}

inline void expect_errors(const Case& c) {
    const Marked marked = take_marks(c.text);
    const Checked checked = check(source_of(marked.text));
    EXPECT_EQ(summary(checked.diagnostics, Severity::kError), expected_of(c, marked)) << all_text(checked.diagnostics);
    EXPECT_FALSE(checked.policy);
    EXPECT_FALSE(checked.tables);
}

// The errors of a text, "line:column code".
inline std::vector<std::string> errors_of(const std::string& text) {
    return summary(check(source_of(text)).diagnostics, Severity::kError);
}

}  // namespace remit::policy::testing
