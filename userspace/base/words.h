// The words of POLICY.md and TRAIL.md for the kernel's numbers: one spelling for records, answers and explanations. Usable everywhere.
#pragma once

#include <cstdint>
#include <string_view>

namespace remit {

// "unknown" for a number that has no word.
std::string_view crossing_word(uint8_t crossing);  // enum remit_crossing; a refused socket is a connect (TRAIL.md knows no further word)
std::string_view verdict_word(uint8_t verdict);    // enum remit_verdict_kind: deny, allow, pending
std::string_view reason_word(uint8_t reason);      // enum remit_reason: "ONLY_AFTER"; REMIT_GRANTED is "GRANTED"
std::string_view effect_word(uint8_t effect);      // enum remit_effect
std::string_view mode_word(uint8_t mode);          // enum remit_mode
std::string_view state_word(uint32_t state);       // enum remit_state

std::string_view touch_word(uint16_t touch);  // enum remit_touch
std::string_view move_word(uint16_t move);    // enum remit_move
// "CAP_SYS_ADMIN"; as the kernel numbers capabilities.
std::string_view capability_word(uint16_t capability);

}  // namespace remit
