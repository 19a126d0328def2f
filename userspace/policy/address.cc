#include "policy/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

#include "abi/policy.h"
#include "base/text.h"

namespace remit::policy {
namespace {

std::optional<uint32_t> parse_number(std::string_view text, uint32_t largest) {
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value > largest) return std::nullopt;
    return value;
}

Error bad(std::string message, std::string hint) {
    return Error{Code::kBadData, std::move(message), std::move(hint)};
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

}  // namespace

bool same_bits(const Address& a, const Address& b, uint32_t bits) {
    const uint32_t whole = bits / 8, rest = bits % 8;
    if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

Prefix ipv4_range() {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}, kIpv4Bits};
}

bool is_ipv4(const Address& address) {
    return same_bits(address, ipv4_range().address, kIpv4Bits);
}

bool is_loopback(const Address& address) {
    constexpr Address kLoopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return address == kLoopback6 || (is_ipv4(address) && address[12] == 127);
}

std::optional<Address> parse_address(std::string_view text) {
    const std::string copy(text);
    Address address = ipv4_range().address;
    if (copy.size() != std::strlen(copy.c_str())) return std::nullopt;
    if (inet_pton(AF_INET, copy.c_str(), address.data() + 12) == 1) return address;
    if (inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
    return std::nullopt;
}

std::string format_address(const Address& address) {
    char text[INET6_ADDRSTRLEN];
    if (is_ipv4(address)) return inet_ntop(AF_INET, address.data() + 12, text, sizeof(text));
    return inet_ntop(AF_INET6, address.data(), text, sizeof(text));
}

bool Prefix::covers(const Address& other) const {
    return same_bits(address, other, bits) && (bits >= kIpv4Bits || !is_ipv4(other));
}

Result<Prefix> parse_cidr(std::string_view text) {
    const size_t slash = text.find('/');
    const std::optional<Address> address = parse_address(text.substr(0, slash));
    if (!address) return bad(quoted(text) + " is no address with a prefix length", "write it like \"10.20.0.0/16\" or \"2001:db8::/32\"");
    const bool ipv4 = is_ipv4(*address);
    const bool mapped = ipv4 && text.find(':') != std::string_view::npos;
    if (mapped) return bad(quoted(text) + " is IPv4 in IPv6's clothes", "write the IPv4 address itself: it covers both spellings");
    const uint32_t largest = ipv4 ? 32 : 128;
    if (slash == std::string_view::npos)
        return bad(quoted(text) + " has no prefix length", "write \"" + std::string(text) + "/" + std::to_string(largest) + "\"");
    const std::optional<uint32_t> length = parse_number(text.substr(slash + 1), largest);
    if (!length) return bad(quoted(text) + " has a bad prefix length", "0 to " + std::to_string(largest));
    const Prefix prefix = prefix_around(*address, *length + (ipv4 ? kIpv4Bits : 0));
    if (prefix.address != *address)
        return bad(quoted(text) + " has bits set behind its prefix length", "did you mean \"" + format_prefix(prefix) + "\"?");
    return prefix;
}

Prefix prefix_around(const Address& address, uint32_t bits) {
    Prefix prefix{address, bits};
    for (uint32_t i = 0; i < 16; i++) {
        const uint32_t kept = bits > i * 8 ? std::min(bits - i * 8, 8u) : 0;
        prefix.address[i] &= static_cast<uint8_t>(0xff00 >> kept);
    }
    return prefix;
}

std::string format_prefix(const Prefix& prefix) {
    const uint32_t bits = is_ipv4(prefix.address) && prefix.bits >= kIpv4Bits ? prefix.bits - kIpv4Bits : prefix.bits;
    return format_address(prefix.address) + "/" + std::to_string(bits);
}

Result<Ports> parse_ports(std::string_view text) {
    const size_t dash = text.find('-');
    const std::optional<uint32_t> first = parse_number(text.substr(0, dash), 65535);
    const std::optional<uint32_t> last = dash == std::string_view::npos ? first : parse_number(text.substr(dash + 1), 65535);
    if (!first || !last || *first == 0) return bad(quoted(text) + " is no port", "write \"443\" or \"8000-8999\", from 1 to 65535");
    if (*first > *last) return bad("the ports " + quoted(text) + " run backwards", "write the smaller one first");
    return Ports{static_cast<uint16_t>(*first), static_cast<uint16_t>(*last)};
}

Result<Target> parse_target(std::string_view text) {
    static constexpr const char* kHint =
        "write \"10.1.2.3:443\", \"[2001:db8::1]:443\" or \"git.example:443\", with \"/udp\" behind it for UDP";
    Target target{.protocol = IPPROTO_TCP};
    std::string_view rest = text;
    if (rest.ends_with("/udp")) target.protocol = IPPROTO_UDP;
    if (rest.ends_with("/udp") || rest.ends_with("/tcp")) rest.remove_suffix(4);
    const size_t colon = rest.rfind(':');
    if (colon == std::string_view::npos) return bad(quoted(text) + " has no port", kHint);
    const std::optional<uint32_t> port = parse_number(rest.substr(colon + 1), 65535);
    if (!port) return bad(quoted(text) + " has a bad port", kHint);
    std::string_view host = rest.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const std::optional<Address> address = parse_address(host);
    target.port = static_cast<uint16_t>(*port);
    if (!address && !bracketed && is_host_name(host)) {
        target.host = plain_host_name(host);
        return target;
    }
    if (!address || (!bracketed && host.find(':') != std::string_view::npos))
        return bad(quoted(text) + " has no address and no name before its port", kHint);
    target.address = *address;
    return target;
}

Result<Target> parse_listener(std::string_view text) {
    Result<Target> target = parse_target(text);
    if (!target) return target;
    if (!target->host.empty())
        return bad(quoted(text) + " has a name before its port", "write a local address, \"0.0.0.0:3000\" or \"[::]:3000\"");
    target->protocol |= REMIT_LISTENS;
    return target;
}

std::string format_target(const Target& target) {
    const std::string address = target.host.empty() ? format_address(target.address) : target.host;
    return (is_ipv4(target.address) || !target.host.empty() ? address : "[" + address + "]") + ":" + std::to_string(target.port) +
           ((target.protocol & ~REMIT_LISTENS) == IPPROTO_UDP ? "/udp" : "");
}

bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    bool all_numbers = true;
    for (std::string_view label : split(text, '.')) {
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        for (char c : label) {
            const bool digit = c >= '0' && c <= '9';
            if (!digit && c != '-' && c != '_' && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) return false;
            all_numbers &= digit;
        }
    }
    return !all_numbers;
}

std::string plain_host_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    std::string name(text);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return name;
}

}  // namespace remit::policy
