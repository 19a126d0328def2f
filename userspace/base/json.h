// Writes one JSON object by appending, keys in the order of the calls: the trail's lines, where the bytes are hashed and speed counts.
// Usable everywhere; reading is nlohmann's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace remit {

// Unsafe characters of a text (see base/text.h) become U+FFFD, and the raw bytes follow in hex under `<key>_hex`. A text longer than
// kLongestText bytes is cut, and its object ends with "truncated":true. Keys are constants of the caller and are not escaped.
class JsonWriter {
public:
    static constexpr size_t kLongestText = 4096;
    static constexpr size_t kLongestList = 256;

    explicit JsonWriter(std::string& out) : out_(out) { out_ += '{'; }

    void text(std::string_view key, std::string_view value);
    // The same where nothing was said: an empty text leaves the key out.
    void text_if(std::string_view key, std::string_view value) {
        if (!value.empty()) text(key, value);
    }
    // ASCII of our own making: hex, times, words of an enum.
    void word(std::string_view key, std::string_view value);
    void number(std::string_view key, int64_t value);
    // What may pass 2^53: a decimal string.
    void big(std::string_view key, uint64_t value);
    void truth(std::string_view key, bool value);
    // An empty list leaves the key out. If any item is unsafe, `<key>_hex` lists the raw bytes of all.
    void texts_if(std::string_view key, std::span<const std::string> values);
    void numbers(std::string_view key, std::span<const uint32_t> values);

    void open(std::string_view key);
    void open_list(std::string_view key);
    void open_item();                               // an object within a list
    void pair_item(uint64_t first, uint64_t last);  // ["first","last"] within a list
    void close();                                   // an object, the outermost too
    void close_list();
    // Ends the open object with "truncated":true.
    void mark_truncated() { truncated_ |= 1; }

private:
    void key(std::string_view name, std::string_view suffix = "");
    void comma();
    bool put_text(std::string_view value);  // false: it was unsafe
    std::string_view cap(std::string_view value);
    template <typename Integer>
    void digits(Integer value);

    std::string& out_;
    uint64_t truncated_ = 0;  // a bit an open object, the innermost lowest
};

}  // namespace remit
