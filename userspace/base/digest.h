// SHA-256, in pieces or at once: policies' identity, the trail's chain. Usable everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remit {

using Digest = std::array<uint8_t, 32>;

class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void add(std::string_view bytes);
    // The digest of all that was added; begins anew.
    Digest finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

Digest sha256(std::string_view bytes);

// Lower case hex.
std::string hex(std::span<const uint8_t> bytes);
void append_hex(std::string& out, std::span<const uint8_t> bytes);
// Of 64 lower case hex digits; nothing for any other text.
std::optional<Digest> parse_digest(std::string_view hex);

}  // namespace remit
