// The text parser's errors in Remit's words: which statement, which code, and what to do about it. Used by parse only.
#pragma once

#include <string>

#include "policy/parse.h"

namespace remit::policy {

// What was wrong, where it begins, and the bytes to blank so that the rest can be parsed.
struct ParseError {
    std::string code;
    std::string message;
    std::string hint;
    size_t at = 0;
    size_t begin = 0;
    size_t end = 0;
};

// message and offset as the text parser gave them.
ParseError explain_parse_error(const Parsed& parsed, size_t offset, const std::string& message);

}  // namespace remit::policy
