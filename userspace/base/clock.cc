#include "base/clock.h"

#include <time.h>

#include <array>
#include <charconv>

#include "base/file.h"

namespace remit {
namespace {

struct Unit {
    std::string_view name;
    uint64_t ns;
};
constexpr std::array<Unit, 7> kUnits = {{{"d", 86400 * kSecondNs},
                                         {"h", 3600 * kSecondNs},
                                         {"m", 60 * kSecondNs},
                                         {"s", kSecondNs},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

uint64_t now(clockid_t clock) {
    timespec at{};
    clock_gettime(clock, &at);
    return uint64_t(at.tv_sec) * kSecondNs + uint64_t(at.tv_nsec);
}

// Writes `value` into `width` digits at `at`, zeros in front.
void put_digits(char* at, uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = char('0' + value % 10);
}

bool take_number(std::string_view& text, uint64_t& value) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc{}) return false;
    text.remove_prefix(size_t(end.ptr - text.data()));
    return true;
}

// Exactly `width` digits, then `after`.
bool take_field(std::string_view& text, size_t width, char after, int& value) {
    if (text.size() <= width || text[width] != after) return false;
    value = 0;
    for (size_t i = 0; i < width; ++i) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(width + 1);
    return true;
}

Error bad_duration(std::string_view text) {
    return {Code::kBadData, "bad duration \"" + std::string(text) + "\"", "write it as 8h, 1h30m, 90s or 250ms"};
}

Error bad_time(std::string_view text) {
    return {Code::kBadData, "bad time \"" + std::string(text) + "\"", "write it in UTC as 2026-11-24T09:31:02Z"};
}

}  // namespace

uint64_t boot_ns() {
    return now(CLOCK_BOOTTIME);
}

uint64_t wall_ns() {
    return now(CLOCK_REALTIME);
}

const std::string& boot_id() {
    static const std::string id = [] {
        auto text = read_file("/proc/sys/kernel/random/boot_id", 64);
        return text ? text->substr(0, text->find('\n')) : std::string();
    }();
    return id;
}

void append_time(std::string& out, uint64_t wall_ns) {
    const time_t seconds = time_t(wall_ns / kSecondNs);
    tm parts{};
    gmtime_r(&seconds, &parts);
    char text[] = "0000-00-00T00:00:00.000000000Z";
    put_digits(text, uint64_t(parts.tm_year + 1900), 4);
    put_digits(text + 5, uint64_t(parts.tm_mon + 1), 2);
    put_digits(text + 8, uint64_t(parts.tm_mday), 2);
    put_digits(text + 11, uint64_t(parts.tm_hour), 2);
    put_digits(text + 14, uint64_t(parts.tm_min), 2);
    put_digits(text + 17, uint64_t(parts.tm_sec), 2);
    put_digits(text + 20, wall_ns % kSecondNs, 9);
    out.append(text, sizeof text - 1);
}

std::string format_time(uint64_t wall_ns) {
    std::string out;
    append_time(out, wall_ns);
    return out;
}

Result<uint64_t> parse_time(std::string_view text) {
    std::string_view rest = text;
    tm parts{};
    int year = 0, month = 0;
    if (!take_field(rest, 4, '-', year) || !take_field(rest, 2, '-', month) || !take_field(rest, 2, 'T', parts.tm_mday) ||
        !take_field(rest, 2, ':', parts.tm_hour) || !take_field(rest, 2, ':', parts.tm_min) || rest.size() < 3)
        return bad_time(text);
    const char after_seconds = rest[2];
    if ((after_seconds != '.' && after_seconds != 'Z') || !take_field(rest, 2, after_seconds, parts.tm_sec)) return bad_time(text);
    uint64_t fraction = 0;
    if (after_seconds == '.') {
        if (rest.size() < 2 || rest.size() > 10 || rest.back() != 'Z') return bad_time(text);
        const size_t decimals = rest.size() - 1;
        uint64_t value = 0;
        if (!take_number(rest, value) || rest != "Z") return bad_time(text);
        fraction = value;
        for (size_t i = decimals; i < 9; ++i) fraction *= 10;
    } else if (!rest.empty()) {
        return bad_time(text);
    }
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    const tm asked = parts;
    const time_t seconds = timegm(&parts);  // carries over what is out of range, which is how that is seen
    if (year < 1970 || parts.tm_mon != asked.tm_mon || parts.tm_mday != asked.tm_mday || parts.tm_hour != asked.tm_hour ||
        parts.tm_min != asked.tm_min || parts.tm_sec != asked.tm_sec)
        return bad_time(text);
    return uint64_t(seconds) * kSecondNs + fraction;
}

Result<uint64_t> parse_duration(std::string_view text) {
    std::string_view rest = text;
    uint64_t total = 0;
    size_t next_unit = 0;
    do {
        uint64_t count = 0;
        if (!take_number(rest, count)) return bad_duration(text);
        std::string_view name = rest.substr(0, rest.find_first_of("0123456789"));
        while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
        if (next_unit == kUnits.size()) return bad_duration(text);
        uint64_t part = 0;
        if (__builtin_mul_overflow(count, kUnits[next_unit].ns, &part) || __builtin_add_overflow(total, part, &total))
            return Error{Code::kBadData, "duration \"" + std::string(text) + "\" is too long", "at most 213503d"};
        ++next_unit;
        rest.remove_prefix(name.size());
    } while (!rest.empty());
    return total;
}

std::string format_duration(uint64_t ns) {
    for (size_t i = 0; i < kUnits.size(); ++i) {
        if (ns < kUnits[i].ns) continue;
        std::string out = std::to_string(ns / kUnits[i].ns) + std::string(kUnits[i].name);
        const uint64_t rest = ns % kUnits[i].ns;
        const bool to_second = kUnits[i].ns >= kSecondNs;  // below a second one unit says enough
        if (to_second && rest >= kUnits[i + 1].ns) out += std::to_string(rest / kUnits[i + 1].ns) + std::string(kUnits[i + 1].name);
        return out;
    }
    return "0s";
}

}  // namespace remit
