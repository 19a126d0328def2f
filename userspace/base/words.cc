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
constexpr std::array<std::string_view, 6> kStates = {"free", "armed", "revoked", "ended", "detached", "suspended"};
constexpr std::array<std::string_view, REMIT_REASONS> kReasons = {
    "GRANTED",       "REVOKED",    "EXPIRED",     "CONFLICT", "DENIED",  "NOT_GRANTED", "NOT_DELEGATED", "NOT_YET",
    "GRANT_EXPIRED", "ONLY_AFTER", "NEVER_AFTER", "MAX_USES", "RATE",    "WRITABLE",    "HASH_MISMATCH", "APPROVAL",
    "NO_TOOL",       "UNKNOWN",    "FAMILY",      "FAULT",    "FOREIGN", "SUSPENDED"};
static_assert(!kReasons.back().empty(), "a reason has no word");
constexpr std::array<std::string_view, REMIT_TOUCHES> kTouches = {"bpf",     "trace",   "signal",     "priority",    "capability",
                                                                  "file",    "program", "switch",     "socket",      "user_namespace",
                                                                  "control", "code",    "limbo_exec", "limbo_socket"};
static_assert(!kTouches.back().empty(), "a touch has no word");
constexpr std::array<std::string_view, REMIT_MOVES> kMoves = {"left", "pulled_in", "moved_out"};
static_assert(!kMoves.back().empty(), "a move has no word");
// linux/capability.h, where they have no names as text.
constexpr std::array<std::string_view, 41> kCapabilities = {"CAP_CHOWN",
                                                            "CAP_DAC_OVERRIDE",
                                                            "CAP_DAC_READ_SEARCH",
                                                            "CAP_FOWNER",
                                                            "CAP_FSETID",
                                                            "CAP_KILL",
                                                            "CAP_SETGID",
                                                            "CAP_SETUID",
                                                            "CAP_SETPCAP",
                                                            "CAP_LINUX_IMMUTABLE",
                                                            "CAP_NET_BIND_SERVICE",
                                                            "CAP_NET_BROADCAST",
                                                            "CAP_NET_ADMIN",
                                                            "CAP_NET_RAW",
                                                            "CAP_IPC_LOCK",
                                                            "CAP_IPC_OWNER",
                                                            "CAP_SYS_MODULE",
                                                            "CAP_SYS_RAWIO",
                                                            "CAP_SYS_CHROOT",
                                                            "CAP_SYS_PTRACE",
                                                            "CAP_SYS_PACCT",
                                                            "CAP_SYS_ADMIN",
                                                            "CAP_SYS_BOOT",
                                                            "CAP_SYS_NICE",
                                                            "CAP_SYS_RESOURCE",
                                                            "CAP_SYS_TIME",
                                                            "CAP_SYS_TTY_CONFIG",
                                                            "CAP_MKNOD",
                                                            "CAP_LEASE",
                                                            "CAP_AUDIT_WRITE",
                                                            "CAP_AUDIT_CONTROL",
                                                            "CAP_SETFCAP",
                                                            "CAP_MAC_OVERRIDE",
                                                            "CAP_MAC_ADMIN",
                                                            "CAP_SYSLOG",
                                                            "CAP_WAKE_ALARM",
                                                            "CAP_BLOCK_SUSPEND",
                                                            "CAP_AUDIT_READ",
                                                            "CAP_PERFMON",
                                                            "CAP_BPF",
                                                            "CAP_CHECKPOINT_RESTORE"};

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

std::string_view touch_word(uint16_t touch) {
    return word_of(kTouches, touch);
}

std::string_view move_word(uint16_t move) {
    return word_of(kMoves, move);
}

std::string_view capability_word(uint16_t capability) {
    return word_of(kCapabilities, capability);
}

}  // namespace remit
