// Time: boot time for deciding and expiring, wall time for people, and the durations of policies and options. Usable everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remit {

constexpr uint64_t kSecondNs = 1'000'000'000;

// CLOCK_BOOTTIME: counts suspends and is never set back; the kernel side's clock.
uint64_t boot_ns();
// CLOCK_REALTIME since the epoch.
uint64_t wall_ns();

// Of this boot, as the kernel names it: boot times of another one mean nothing. Empty: it does not say.
const std::string& boot_id();

// RFC 3339, UTC, nine decimals: "2026-11-24T09:31:02.123456789Z". Such texts sort as times do.
std::string format_time(uint64_t wall_ns);
void append_time(std::string& out, uint64_t wall_ns);
// The same with nought to nine decimals. Only UTC ("Z").
Result<uint64_t> parse_time(std::string_view text);

// "8h", "90s", "1h30m", "250ms": units d h m s ms us ns, largest first, each at most once, whole numbers.
Result<uint64_t> parse_duration(std::string_view text);
// For people: the two largest units, rounded down: "1h30m", "1s500ms", "250ms", "0s".
std::string format_duration(uint64_t ns);

}  // namespace remit
