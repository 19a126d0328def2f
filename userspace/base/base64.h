// Base64 with padding (RFC 4648). Usable everywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remit {

std::string base64(std::span<const uint8_t> bytes);
// Nothing: not in the one form that base64() gives.
std::optional<std::vector<uint8_t>> parse_base64(std::string_view text);

}  // namespace remit
