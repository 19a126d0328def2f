// Addresses, prefixes and ports of endpoints. IPv4 is written as ::ffff:a.b.c.d everywhere. Usable by everyone above policy/.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remit::policy {

using Address = std::array<uint8_t, 16>;

bool is_ipv4(const Address& address);
bool is_loopback(const Address& address);
// "10.1.2.3" or "2001:db8::1"; nothing else, no names and no scopes.
std::optional<Address> parse_address(std::string_view text);
std::string format_address(const Address& address);

// The first `bits` (0..128; IPv4: 96..128) of an address count, all others are 0.
struct Prefix {
    Address address{};
    uint32_t bits = 128;

    // An IPv6 prefix that is wide enough to hold the IPv4 range as well (::/0) covers IPv6 only: what people mean, and what two rules can
    // say.
    bool covers(const Address& other) const;
    auto operator<=>(const Prefix&) const = default;
};

bool same_bits(const Address& a, const Address& b, uint32_t bits);
inline constexpr uint32_t kIpv4Bits = 96;
// ::ffff:0:0/96
Prefix ipv4_range();

// "10.0.0.0/8" or "2001:db8::/32". Bits of the host are an error whose hint is the prefix that was meant.
Result<Prefix> parse_cidr(std::string_view text);
// The prefix of so many bits that an address is in.
Prefix prefix_around(const Address& address, uint32_t bits);
std::string format_prefix(const Prefix& prefix);

struct Ports {
    uint16_t first = 0;
    uint16_t last = 65535;

    uint32_t width() const { return last - first + 1u; }
    bool has(uint16_t port) const { return first <= port && port <= last; }
    auto operator<=>(const Ports&) const = default;
};

// "443" or "8000-8999".
Result<Ports> parse_ports(std::string_view text);

// Where a connect goes, or a listener is.
struct Target {
    Address address{};
    uint16_t port = 0;
    uint16_t protocol = 0;  // IPPROTO_TCP or IPPROTO_UDP; with REMIT_LISTENS: of a listener, and the address is a local one
    std::string host{};     // in lower case: the address is whatever this name was found to have; empty: it is address
};

// "10.1.2.3:443", "[2001:db8::1]:443" or "git.example:443", with "/tcp" or "/udp" behind; TCP when neither.
Result<Target> parse_target(std::string_view text);
Result<Target> parse_listener(std::string_view text);  // of a local address, no name
std::string format_target(const Target& target);

// A name of labels of letters, digits and "-", at most 253 bytes; not all numbers.
bool is_host_name(std::string_view text);
// The one spelling of a name by which names are compared: lower case, without a dot at its end.
std::string plain_host_name(std::string_view text);

}  // namespace remit::policy
