#include "names/inner.h"

#include <algorithm>
#include <cstring>

namespace remit::names {
namespace {

struct Range {
    std::array<uint8_t, 16> address;
    uint32_t bits;
};

// IANA's special-purpose registries for IPv4 and IPv6.
constexpr Range kIpv4[] = {
    {{0}, 8},        {{10}, 8},         {{100, 64}, 10},  {{127}, 8},      {{169, 254}, 16},
    {{172, 16}, 12}, {{192, 0, 0}, 24}, {{192, 168}, 16}, {{198, 18}, 15}, {{224}, 3},
};
constexpr Range kIpv6[] = {
    {{0}, 96},                                   // unspecified, loopback, IPv4-compatible
    {{0xfc}, 7},                                 // unique local
    {{0xfe, 0x80}, 10},                          // link-local
    {{0xfe, 0xc0}, 10},                          // site-local, once
    {{0xff}, 8},                                 // multicast
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},  // NAT64 of a network's own
    {{0x01, 0x00}, 64},                          // discarded
};

bool has(const Range& range, const uint8_t* address) {
    const uint32_t whole = range.bits / 8, rest = range.bits % 8;
    return std::memcmp(range.address.data(), address, whole) == 0 &&
           (rest == 0 || ((range.address[whole] ^ address[whole]) >> (8 - rest)) == 0);
}

bool is_inner4(const uint8_t* address) {
    return std::ranges::any_of(kIpv4, [&](const Range& range) { return has(range, address); });
}

}  // namespace

bool is_inner(const Address& address) {
    constexpr Range kMapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
    constexpr Range kNat64{{0x00, 0x64, 0xff, 0x9b}, 96};
    constexpr Range kSixToFour{{0x20, 0x02}, 16};
    if (has(kMapped, address.data())) return is_inner4(address.data() + 12);
    if (has(kNat64, address.data())) return is_inner4(address.data() + 12);
    if (has(kSixToFour, address.data())) return is_inner4(address.data() + 2);
    return std::ranges::any_of(kIpv6, [&](const Range& range) { return has(range, address.data()); });
}

}  // namespace remit::names
