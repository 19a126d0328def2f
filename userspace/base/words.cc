#include "base/words.h"

#include <array>

#include "abi/event.h"

namespace remit {
namespace {

template <size_t N>
std::string_view word_of(const std::array<std::string_view, N>& words, size_t number) {
    return number < N ? words[number] : "unknown";
}

constexpr std::array<std::string_view, 7> kCrossings = {"exec", "connect", "send", "listen", "unix", "resolve", "connect"};
constexpr std::array<std::string_view, 3> kVerdicts = {"deny", "allow", "pending"};
constexpr std::array<std::string_view, 5> kEffects = {"passed", "refused", "held", "killed", "dropped"};
constexpr std::array<std::string_view, 3> kModes = {"enforce", "audit", "learn"};
constexpr std::array<std::string_view, 5> kStates = {"free", "armed", "revoked", "ended", "detached"};
constexpr std::array<std::string_view, REMIT_REASONS> kReasons = {
    "GRANTED",       "REVOKED",       "EXPIRED",    "CONFLICT",    "DENIED",   "NOT_GRANTED", "NOT_DELEGATED",
    "NOT_YET",       "GRANT_EXPIRED", "ONLY_AFTER", "NEVER_AFTER", "MAX_USES", "RATE",        "WRITABLE",
    "HASH_MISMATCH", "APPROVAL",      "NO_TOOL",    "UNKNOWN",     "FAMILY",   "FAULT",       "FOREIGN"};
static_assert(!kReasons.back().empty(), "a reason has no word");

}  // namespace

std::string_view crossing_word(uint8_t crossing) {
    return word_of(kCrossings, crossing);
}

std::string_view verdict_word(uint8_t verdict) {
    return word_of(kVerdicts, verdict);
}

std::string_view reason_word(uint8_t reason) {
    return word_of(kReasons, reason);
}

std::string_view effect_word(uint8_t effect) {
    return word_of(kEffects, effect);
}

std::string_view mode_word(uint8_t mode) {
    return word_of(kModes, mode);
}

std::string_view state_word(uint32_t state) {
    return word_of(kStates, state);
}

}  // namespace remit
