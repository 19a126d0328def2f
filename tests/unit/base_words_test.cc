#include <gtest/gtest.h>

#include "abi/event.h"
#include "base/words.h"

namespace remit {
namespace {

TEST(Words, StandForTheKernelsNumbers) {
    EXPECT_EQ(crossing_word(REMIT_EXEC), "exec");
    EXPECT_EQ(crossing_word(REMIT_RESOLVE), "resolve");
    EXPECT_EQ(crossing_word(REMIT_SOCKET), "connect");
    EXPECT_EQ(verdict_word(REMIT_DENY), "deny");
    EXPECT_EQ(verdict_word(REMIT_PENDING), "pending");
    EXPECT_EQ(effect_word(REMIT_PASSED), "passed");
    EXPECT_EQ(effect_word(REMIT_DROPPED), "dropped");
    EXPECT_EQ(mode_word(REMIT_LEARN), "learn");
    EXPECT_EQ(state_word(REMIT_ARMED), "armed");
    EXPECT_EQ(state_word(REMIT_DETACHED), "detached");
    EXPECT_EQ(reason_word(REMIT_GRANTED), "GRANTED");
    EXPECT_EQ(reason_word(REMIT_REASON_NOT_GRANTED), "NOT_GRANTED");
    EXPECT_EQ(reason_word(REMIT_REASON_ONLY_AFTER), "ONLY_AFTER");
    EXPECT_EQ(reason_word(REMIT_REASON_MAX_USES), "MAX_USES");
    EXPECT_EQ(reason_word(REMIT_REASON_APPROVAL), "APPROVAL");
    EXPECT_EQ(reason_word(REMIT_REASON_NO_TOOL), "NO_TOOL");
    EXPECT_EQ(reason_word(REMIT_REASON_FAULT), "FAULT");
}

TEST(Words, NumbersFromOutsideHaveNoEffect) {
    EXPECT_EQ(crossing_word(255), "unknown");
    EXPECT_EQ(reason_word(REMIT_REASONS), "unknown");
    EXPECT_EQ(state_word(~0u), "unknown");
}

}  // namespace
}  // namespace remit
