// Numbers that stay while a policy changes: policy/renumber.h.
#include <cstring>

#include "policy/renumber.h"
#include "policy/tables.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

constexpr const char* kPolicy =
    "name: \"p\"\ntool { name: \"b\" label: \"m\" program { path: \"/bin/b\" } }\n"
    "tool { name: \"a\" label: \"l\" endpoint { unix_path: \"/run/a.sock\" } }\ntool { name: \"new\" label: \"l\" program { path: "
    "\"/bin/n\" } }\n"
    "grant { tool: \"a\" only_after: \"b\" never_after: \"m\" }\ngrant { tool: \"b\" }\ndeny { tool: \"new\" after: \"l\" }\n";

TEST(PolicyRenumber, KeepsOldNumbersAndPutsNewOnesBehind) {
    Policy policy = *good(kPolicy).policy;
    ASSERT_TRUE(renumber(policy, {{"a", "gone", "b"}, {"l", "old"}}));
    EXPECT_EQ(numbers_of(policy), (Numbers{{"a", "gone", "b", "new"}, {"l", "old", "m"}}));
    EXPECT_EQ(policy.tools[1].programs.size(), 0u);
    EXPECT_EQ(policy.tools[0].labels, 1u);
    EXPECT_EQ(policy.tools[2].labels, 4u);
    EXPECT_EQ(policy.grants[0].tool, 0u);
    EXPECT_EQ(policy.grants[0].only_after[0], 4u) << "b";
    EXPECT_EQ(policy.grants[0].never_after[REMIT_TOOL_WORDS], 4u) << "m";
    EXPECT_EQ(policy.grants[1].tool, 2u);
    EXPECT_EQ(policy.denies[0].tools[0], 8u) << "new";
    EXPECT_EQ(policy.denies[0].after[REMIT_TOOL_WORDS], 1u) << "l";
    EXPECT_EQ(policy.unix_endpoints[0].tool, 0u);
    EXPECT_TRUE(compile(policy));
}

TEST(PolicyRenumber, OfItsOwnNumbersChangesNothing) {
    Policy policy = *good(kPolicy).policy;
    const Numbers own = numbers_of(policy);
    const Tables before = *compile(policy);
    ASSERT_TRUE(renumber(policy, own));
    EXPECT_EQ(numbers_of(policy), own);
    const Tables after = *compile(policy);
    EXPECT_EQ(std::memcmp(&before.head, &after.head, sizeof before.head), 0);
}

TEST(PolicyRenumber, RefusesMoreThanThereIsRoomFor) {
    Policy policy = *good(kPolicy).policy;
    Numbers full;
    for (int i = 0; i < REMIT_MAX_TOOLS; i++) full.tools.push_back("t" + std::to_string(i));
    EXPECT_FALSE(renumber(policy, full));
}

}  // namespace
}  // namespace remit::policy::testing
