// The statements of a text file, also of a malformed one: which statement does an error belong to? Used by parse only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/parse.h"

namespace remit::policy {

struct Token {
    size_t begin = 0;
    size_t end = 0;
    int statement = -1;  // innermost, or none
};

struct Statement {
    std::string field{};
    size_t begin = 0;
    size_t end = 0;         // behind the separator, if there is one
    bool complete = false;  // has a value, and its bracket is closed
    bool bracket = false;   // opens one
};

struct Scan {
    std::vector<Token> tokens;
    std::vector<Statement> statements;
};

Scan scan_statements(const Parsed& parsed);

}  // namespace remit::policy
