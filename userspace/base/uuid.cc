#include "base/uuid.h"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/clock.h"
#include "base/digest.h"

namespace remit {

std::string new_uuid() {
    std::array<uint8_t, 16> bytes{};
    // From Linux 3.17 on, requests of up to 256 bytes are neither cut nor interrupted once the pool is ready.
    if (getrandom(bytes.data(), bytes.size(), 0) != ssize_t(bytes.size())) std::abort();
    const uint64_t now = wall_ns();
    const uint64_t ms = now / 1'000'000;
    const uint64_t fraction = (now % 1'000'000) * 4096 / 1'000'000;  // RFC 9562 §6.2, method 3
    for (int i = 0; i < 6; ++i) bytes[size_t(i)] = uint8_t(ms >> (40 - 8 * i));
    bytes[6] = uint8_t(0x70 | fraction >> 8);
    bytes[7] = uint8_t(fraction);
    bytes[8] = uint8_t(0x80 | (bytes[8] & 0x3f));
    std::string text = hex(bytes);
    for (const size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
    return text;
}

}  // namespace remit
