// Socket families and protocols by their words, AF_ and IPPROTO_ left out. Used inside policy/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace remit::policy {

struct ProtocolWord {
    std::string_view word;
    uint16_t protocol;  // as given to socket(2)
};

struct FamilyWord {
    std::string_view word;
    uint16_t family;
    bool goes_elsewhere;  // it reaches other machines, and no endpoint is looked at on the way
    std::span<const ProtocolWord> protocols{};

    const ProtocolWord* find(std::string_view protocol) const;
};

// nullptr when there is none.
const FamilyWord* find_family(std::string_view word);

// By their numbers: empty where there is no word.
std::string family_name(uint16_t family);
std::string protocol_name(uint16_t family, uint16_t protocol);

// The word that was probably meant, also of "AF_NETLINK"; empty when none is near.
std::string meant_family(std::string_view word);
std::string meant_protocol(const FamilyWord& family, std::string_view word);
// All of them, for a hint.
std::string protocol_words(const FamilyWord& family);

}  // namespace remit::policy
