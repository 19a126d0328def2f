#include "base/base64.h"

#include "base/crypto.h"

namespace remit {

std::string base64(std::span<const uint8_t> bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // libcrypto ends it with a zero
    crypto().EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes.data(), static_cast<int>(bytes.size()));
    out.pop_back();
    return out;
}

std::optional<std::vector<uint8_t>> parse_base64(std::string_view text) {
    std::vector<uint8_t> out(text.size() / 4 * 3);
    if (text.size() % 4 != 0) return std::nullopt;
    const int got =
        crypto().EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (got != static_cast<int>(out.size())) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
        text.remove_suffix(1);
        out.pop_back();
    }
    // libcrypto passes over white space and stray bits; one value has one text here.
    const std::string again = base64(out);
    if (std::string_view(again).substr(0, text.size()) != text) return std::nullopt;
    return out;
}

}  // namespace remit
