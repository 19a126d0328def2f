#include <gtest/gtest.h>

#include "session/registry.h"

namespace remit::session {
namespace {

std::unique_ptr<Session> make(const std::string& id, uint64_t kernel_id, const std::string& name = "", const std::string& cgroup = "") {
    auto session = std::make_unique<Session>();
    session->id = id;
    session->kernel_id = kernel_id;
    session->claims.name = name;
    session->cgroup = cgroup.empty() ? "/cg/remit/" + id : cgroup;
    session->cgroup_id = kernel_id + 1000;
    return session;
}

TEST(Registry, GivesTheSlotThatWasFreeForTheLongestTime) {
    Registry registry;
    EXPECT_EQ(*registry.take_slot(), 1u);
    EXPECT_EQ(*registry.take_slot(), 2u);
    registry.give_back_slot(1);
    EXPECT_EQ(*registry.take_slot(), 3u) << "a slot just given back must not be the next one";
    for (uint32_t slot = 4; slot < REMIT_MAX_SESSIONS; slot++) ASSERT_EQ(*registry.take_slot(), slot);
    EXPECT_EQ(*registry.take_slot(), 1u);
}

TEST(Registry, SaysThatAllSlotsAreTaken) {
    Registry registry;
    for (uint32_t slot = 1; slot < REMIT_MAX_SESSIONS; slot++) ASSERT_TRUE(registry.take_slot());
    const auto none = registry.take_slot();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::kUnavailable);
    EXPECT_FALSE(none.error().hint.empty());
}

TEST(Registry, NeverGivesAClaimedSlot) {
    Registry registry;
    registry.claim_slot(1);
    registry.claim_slot(3);
    EXPECT_EQ(*registry.take_slot(), 2u);
    EXPECT_EQ(*registry.take_slot(), 4u);
}

TEST(Registry, FindsByIdPrefixAndName) {
    Registry registry;
    Session& one = registry.add(make("01934c1e-0001", 1, "fix"));
    Session& two = registry.add(make("01934c1e-0002", 2, "other"));
    registry.add(make("01934c1e-0003", 3, "other"));
    EXPECT_EQ(*registry.find("01934c1e-0002"), &two);
    EXPECT_EQ(*registry.find("fix"), &one);
    EXPECT_EQ(*registry.find("01934c1e-0001"), &one);
    const auto ambiguous = registry.find("01934c1e");
    ASSERT_FALSE(ambiguous);
    EXPECT_EQ(ambiguous.error().code, Code::kUsage);
    EXPECT_NE(ambiguous.error().message.find("01934c1e-0003"), std::string::npos);
    EXPECT_FALSE(registry.find("other"));
    EXPECT_EQ(registry.find("019").error().code, Code::kMissing) << "too short a prefix names nothing";
    EXPECT_EQ(registry.find("").error().code, Code::kMissing);
}

TEST(Registry, PrefersTheLivingToThoseThatAreOver) {
    Registry registry;
    Session& old = registry.add(make("01934c1e-0001", 1, "fix"));
    registry.retire(old);
    EXPECT_EQ(*registry.find("fix"), &old);
    Session& young = registry.add(make("01934c1e-0002", 2, "fix"));
    EXPECT_EQ(*registry.find("fix"), &young);
    EXPECT_EQ(registry.find_kernel_id(1), nullptr);
    EXPECT_EQ(registry.find_also_over(1), &old);
}

TEST(Registry, SeesCgroupsThatOverlap) {
    Registry registry;
    Session& one = registry.add(make("01934c1e-0001", 1, "", "/cg/agents/a"));
    EXPECT_EQ(registry.find_overlap("/cg/agents/a"), &one);
    EXPECT_EQ(registry.find_overlap("/cg/agents/a/b/c"), &one);
    EXPECT_EQ(registry.find_overlap("/cg/agents"), &one);
    EXPECT_EQ(registry.find_overlap("/cg/agents/ab"), nullptr) << "a name that only begins alike is another folder";
    one.state = State::kDetached;
    EXPECT_EQ(registry.find_overlap("/cg/agents/a"), nullptr);
}

TEST(Registry, KnowsWhoIsAtAFolder) {
    Registry registry;
    Session& outer = registry.add(make("01934c1e-0001", 1, "", "/cg/agents/a"));
    Session& inner = registry.add(make("01934c1e-0002", 2, "", "/cg/agents/a/b"));
    outer.cgroup_id = 11;
    inner.cgroup_id = 12;
    EXPECT_EQ(registry.deepest_at("/cg/agents/a/b/c"), &inner);
    EXPECT_EQ(registry.deepest_at("/cg/agents/a/bb"), &outer);
    EXPECT_EQ(registry.deepest_at("/cg/agents"), nullptr);
    EXPECT_EQ(registry.find_bound("/cg/agents/a", 11), &outer);
    EXPECT_EQ(registry.find_bound("/cg/agents/a", 12), nullptr) << "another cgroup of that name";
    inner.state = State::kDetached;
    EXPECT_EQ(registry.deepest_at("/cg/agents/a/b"), &outer);
    EXPECT_EQ(registry.find_bound("/cg/agents/a/b", 12), &inner) << "it was let go, and is not bound again";
    Session& again = registry.add(make("01934c1e-0003", 3, "", "/cg/agents/a/b"));
    EXPECT_EQ(registry.deepest_at("/cg/agents/a/b"), &again);
    registry.retire(again);
    EXPECT_EQ(registry.deepest_at("/cg/agents/a/b"), &outer);
    EXPECT_EQ(registry.find_overlap("/cg"), &outer);
}

TEST(Registry, ShowsWhatIsSuspendedOnlyWhileItWouldGoOn) {
    Session session;
    EXPECT_EQ(shown_state(session), "armed");
    session.suspended = true;
    EXPECT_EQ(shown_state(session), "suspended");
    session.state = State::kRevoked;
    EXPECT_EQ(shown_state(session), "revoked");
}

TEST(Registry, MayBeChangedByAVisit) {
    Registry registry;
    for (uint64_t id = 1; id <= 5; id++) registry.add(make("01934c1e-000" + std::to_string(id), id));
    std::vector<uint64_t> seen;
    registry.each([&](Session& each) {
        seen.push_back(each.kernel_id);
        if (each.kernel_id == 2) registry.retire(*registry.find_kernel_id(3));
        if (each.kernel_id == 4) registry.retire(each);
    });
    EXPECT_EQ(seen, (std::vector<uint64_t>{1, 2, 4, 5}));
    EXPECT_EQ(registry.size(), 3u);
}

}  // namespace
}  // namespace remit::session
