// Words and characters: splitting, the nearest word for "did you mean", and what is safe to show. Usable everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remit {

// The pieces between separators, empty ones included; one empty piece of an empty text. Views into text.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> pieces, std::string_view separator);

// The candidate that `word` was probably meant to be: fewest edits, at most a third of its length (at least one), none on equality.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// The first character of a text that is not empty. Unsafe to show: control characters (C0, DEL, C1, line and paragraph separators),
// those that turn the direction of text (bidi), and bytes that are not UTF-8 (length 1, code U+FFFD).
struct Character {
    uint32_t code = 0;
    uint8_t length = 0;
    bool safe = false;
};
Character first_character(std::string_view text);
bool is_safe(std::string_view text);

// For a terminal or a log line: every unsafe character becomes U+FFFD, so that outside text can forge no line and no colour.
std::string printable(std::string_view text);

// For people: "812 B", "1.5 MiB", "120 MiB".
std::string format_bytes(uint64_t bytes);

inline constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

}  // namespace remit
