#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"

namespace remit {
namespace {

TEST(Duration, ReadsWhatPoliciesWrite) {
    const struct {
        const char* text;
        uint64_t ns;
    } cases[] = {{"8h", 8 * 3600 * kSecondNs},
                 {"90s", 90 * kSecondNs},
                 {"1h30m", 5400 * kSecondNs},
                 {"250ms", 250'000'000},
                 {"0s", 0},
                 {"1d2h3m4s5ms6us7ns", 93784 * kSecondNs + 5'006'007},
                 {"18446744073709551615ns", ~0ULL}};
    for (const auto& c : cases) {
        const auto ns = parse_duration(c.text);
        ASSERT_TRUE(ns) << c.text;
        EXPECT_EQ(*ns, c.ns) << c.text;
    }
}

TEST(Duration, RefusesEverythingElseAndSaysHow) {
    for (const char* text : {"", "h", "8", "8 h", " 8h", "8h ", "30m1h", "1h1h", "-1h", "+1h", "1.5h", "1w", "1H", "1h30"}) {
        const auto ns = parse_duration(text);
        ASSERT_FALSE(ns) << text;
        EXPECT_EQ(ns.error().code, Code::kBadData);
        EXPECT_NE(ns.error().message.find(text), std::string::npos);
        EXPECT_FALSE(ns.error().hint.empty());
    }
    EXPECT_FALSE(parse_duration("213504d"));
    EXPECT_FALSE(parse_duration("18446744073709551616ns"));
    EXPECT_FALSE(parse_duration("213503d24h"));
}

TEST(Duration, IsShownInTheTwoLargestUnits) {
    EXPECT_EQ(format_duration(0), "0s");
    EXPECT_EQ(format_duration(310), "310ns");
    EXPECT_EQ(format_duration(250'000'000), "250ms");
    EXPECT_EQ(format_duration(1'500'000'000), "1s500ms");
    EXPECT_EQ(format_duration(90 * kSecondNs), "1m30s");
    EXPECT_EQ(format_duration(5400 * kSecondNs + 7), "1h30m");
    EXPECT_EQ(format_duration(8 * 3600 * kSecondNs), "8h");
    EXPECT_EQ(format_duration(86400 * kSecondNs + 59), "1d");
}

TEST(Time, IsWrittenWithNanosecondsAndReadBack) {
    const uint64_t at = 1795512662123456789;
    EXPECT_EQ(format_time(at), "2026-11-24T09:31:02.123456789Z");
    EXPECT_EQ(*parse_time("2026-11-24T09:31:02.123456789Z"), at);
    EXPECT_EQ(*parse_time("2026-11-24T09:31:02Z"), at - 123456789);
    EXPECT_EQ(*parse_time("2026-11-24T09:31:02.5Z"), at - 123456789 + 500'000'000);
    EXPECT_EQ(format_time(0), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(*parse_time("2024-02-29T23:59:59Z"), 1709251199 * kSecondNs);
}

TEST(Time, RefusesWhatIsNotUtcOrNoDay) {
    for (const char* text : {"", "2026-11-24", "2026-11-24T09:31:02", "2026-11-24T09:31:02+01:00", "2026-02-30T00:00:00Z",
                             "2026-13-01T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T09:61:00Z", "2026-11-24T09:31:02.Z",
                             "2026-11-24T09:31:02.1234567890Z", "2026-11-24T09:31:02.1xZ", "1969-01-01T00:00:00Z"})
        EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Clock, BootTimeGoesOn) {
    const uint64_t before = boot_ns();
    EXPECT_GT(before, 0u);
    EXPECT_GE(boot_ns(), before);
    EXPECT_GT(wall_ns(), 1'700'000'000 * kSecondNs);
}

}  // namespace
}  // namespace remit
