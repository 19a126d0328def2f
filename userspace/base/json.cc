#include "base/json.h"

#include <array>
#include <charconv>

#include "base/digest.h"
#include "base/text.h"

namespace remit {
namespace {

// Characters that stand for themselves in a JSON text and on a terminal.
constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
    return plain;
}();

size_t plain_length(std::string_view text) {
    size_t i = 0;
    while (i < text.size() && kPlain[uint8_t(text[i])]) ++i;
    return i;
}

std::span<const uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

void JsonWriter::comma() {
    if (out_.back() != '{' && out_.back() != '[') out_ += ',';
}

void JsonWriter::key(std::string_view name, std::string_view suffix) {
    comma();
    out_ += '"';
    out_ += name;
    out_ += suffix;
    out_ += "\":";
}

template <typename Integer>
void JsonWriter::digits(Integer value) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, value);
    out_.append(text, size_t(end.ptr - text));
}

std::string_view JsonWriter::cap(std::string_view value) {
    if (value.size() <= kLongestText) return value;
    mark_truncated();
    size_t end = kLongestText;
    // Not within a character: up to three continuation bytes back.
    for (int i = 0; i < 3 && (uint8_t(value[end]) & 0xc0) == 0x80; ++i) --end;
    return value.substr(0, end);
}

bool JsonWriter::put_text(std::string_view value) {
    bool safe = true;
    out_ += '"';
    for (;;) {
        const size_t plain = plain_length(value);
        out_ += value.substr(0, plain);
        value.remove_prefix(plain);
        if (value.empty()) break;
        const Character next = first_character(value);
        if (!next.safe) {
            safe = false;
            out_ += kReplacement;
        } else {
            if (next.code == '"' || next.code == '\\') out_ += '\\';
            out_ += value.substr(0, next.length);
        }
        value.remove_prefix(next.length);
    }
    out_ += '"';
    return safe;
}

void JsonWriter::text(std::string_view name, std::string_view value) {
    value = cap(value);
    key(name);
    if (put_text(value)) return;
    key(name, "_hex");
    out_ += '"';
    append_hex(out_, bytes_of(value));
    out_ += '"';
}

void JsonWriter::word(std::string_view name, std::string_view value) {
    key(name);
    out_ += '"';
    out_ += value;
    out_ += '"';
}

void JsonWriter::number(std::string_view name, int64_t value) {
    key(name);
    digits(value);
}

void JsonWriter::big(std::string_view name, uint64_t value) {
    key(name);
    out_ += '"';
    digits(value);
    out_ += '"';
}

void JsonWriter::truth(std::string_view name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
}

void JsonWriter::texts_if(std::string_view name, std::span<const std::string> values) {
    if (values.empty()) return;
    if (values.size() > kLongestList) {
        mark_truncated();
        values = values.first(kLongestList);
    }
    bool safe = true;
    key(name);
    out_ += '[';
    for (const std::string& value : values) {
        comma();
        safe &= put_text(cap(value));
    }
    out_ += ']';
    if (safe) return;
    key(name, "_hex");
    out_ += '[';
    for (const std::string& value : values) {
        comma();
        out_ += '"';
        append_hex(out_, bytes_of(cap(value)));
        out_ += '"';
    }
    out_ += ']';
}

void JsonWriter::numbers(std::string_view name, std::span<const uint32_t> values) {
    key(name);
    out_ += '[';
    for (const uint32_t value : values) {
        comma();
        digits(value);
    }
    out_ += ']';
}

void JsonWriter::open(std::string_view name) {
    key(name);
    out_ += '{';
    truncated_ <<= 1;
}

void JsonWriter::open_item() {
    comma();
    out_ += '{';
    truncated_ <<= 1;
}

void JsonWriter::open_list(std::string_view name) {
    key(name);
    out_ += '[';
}

void JsonWriter::pair_item(uint64_t first, uint64_t last) {
    comma();
    out_ += "[\"";
    digits(first);
    out_ += "\",\"";
    digits(last);
    out_ += "\"]";
}

void JsonWriter::close() {
    if (truncated_ & 1) truth("truncated", true);
    truncated_ >>= 1;
    out_ += '}';
}

void JsonWriter::close_list() {
    out_ += ']';
}

}  // namespace remit
