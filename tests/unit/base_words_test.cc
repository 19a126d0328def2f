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
    EXPECT_EQ(touch_word(REMIT_TOUCH_BPF), "bpf");
    EXPECT_EQ(touch_word(REMIT_TOUCH_CAPABILITY), "capability");
    EXPECT_EQ(touch_word(REMIT_TOUCH_CONTROL), "control");
    EXPECT_EQ(move_word(REMIT_PULLED_IN), "pulled_in");
    EXPECT_EQ(capability_word(21), "CAP_SYS_ADMIN");
    EXPECT_EQ(capability_word(40), "CAP_CHECKPOINT_RESTORE");
}

TEST(Words, NumbersFromOutsideHaveNoEffect) {
    EXPECT_EQ(crossing_word(255), "unknown");
    EXPECT_EQ(reason_word(REMIT_REASONS), "unknown");
    EXPECT_EQ(state_word(~0u), "unknown");
    EXPECT_EQ(touch_word(REMIT_TOUCHES), "unknown");
    EXPECT_EQ(move_word(REMIT_MOVES), "unknown");
    EXPECT_EQ(capability_word(0xffff), "unknown");
}

}  // namespace
}  // namespace remit
