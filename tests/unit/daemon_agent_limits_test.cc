#include <gtest/gtest.h>

#include "base/clock.h"
#include "daemon/agent_limits.h"

namespace remit::daemon {
namespace {

constexpr uint64_t kNow = 1000 * kSecondNs;

TEST(AgentLimits, GiveEachSessionSoManyConnections) {
    AgentLimits limits;
    for (size_t i = 0; i < AgentLimits::kConnections; i++) EXPECT_TRUE(limits.connect(1, kNow));
    EXPECT_FALSE(limits.connect(1, kNow));
    EXPECT_TRUE(limits.connect(2, kNow));
    EXPECT_TRUE(limits.connect(0, kNow));
    limits.disconnect(1);
    EXPECT_TRUE(limits.connect(1, kNow));
    EXPECT_FALSE(limits.connect(1, kNow));
    limits.disconnect(3);  // was never there
}

TEST(AgentLimits, GiveRoomBackWithTimeAndNoMoreThanThereIs) {
    AgentLimits limits;
    const auto requests = [&](uint64_t session, uint64_t now) {
        int count = 0;
        while (limits.request(session, now)) count++;
        return count;
    };
    EXPECT_EQ(requests(1, kNow), 20);
    EXPECT_EQ(requests(2, kNow), 20);
    EXPECT_EQ(requests(1, kNow + kSecondNs), 5);
    EXPECT_EQ(requests(1, kNow + 3600 * kSecondNs), 20);
}

TEST(AgentLimits, AreNotRenewedByConnectingAnew) {
    AgentLimits limits;
    ASSERT_TRUE(limits.connect(1, kNow));
    while (limits.request(1, kNow)) continue;
    limits.disconnect(1);
    for (uint64_t session = 2; session < 5000; session++) {
        ASSERT_TRUE(limits.connect(session, kNow));
        limits.disconnect(session);
    }
    ASSERT_TRUE(limits.connect(1, kNow));
    EXPECT_FALSE(limits.request(1, kNow));
}

}  // namespace
}  // namespace remit::daemon
