#include <gtest/gtest.h>

#include "session/slot.h"

namespace remit::session {
namespace {

TEST(Slot, IsFilledAndNotYetArmed) {
    remit_session slot{};
    slot.seen[0] = 7;
    slot.passed = 9;
    slot.state = REMIT_ENDED;
    Session session;
    session.kernel_id = 5;
    session.cgroup_id = 6;
    session.start_ns = 100;
    session.expires_ns = 200;
    session.generation = 3;
    session.holds_exec = true;
    fill_slot(slot, session, 42);
    EXPECT_EQ(slot.state, static_cast<uint32_t>(REMIT_FREE)) << "the state word comes last, by its own call";
    EXPECT_EQ(slot.id, 5u);
    EXPECT_EQ(slot.cgroup, 6u);
    EXPECT_EQ(slot.expires_ns, 200u);
    EXPECT_EQ(remit_tables_of(slot.authority), 42u);
    EXPECT_EQ(remit_generation_of(slot.authority), 3u);
    EXPECT_EQ(slot.seen[0], 0u) << "nothing of the slot's last session is left";
    EXPECT_EQ(slot.passed, 0u);
}

TEST(Slot, FlipsItsGenerationAndKeepsItsTables) {
    remit_session slot{};
    slot.authority = 0xffffffff00000000ULL | 42;
    EXPECT_EQ(flip_generation(slot), 0u) << "wraps, and is another one all the same";
    EXPECT_EQ(remit_tables_of(slot.authority), 42u);
    EXPECT_EQ(flip_generation(slot), 1u);
}

TEST(Slot, ApprovesOneTool) {
    remit_session slot{};
    approve_tool(slot, 65, false);
    EXPECT_EQ(slot.approved[0], 0u);
    EXPECT_EQ(slot.approved[1], 2u);
    approve_tool(slot, REMIT_NO_TOOL, true);
    EXPECT_EQ(read_slot(slot).approved[1], 2u);
}

}  // namespace
}  // namespace remit::session
