#include <gtest/gtest.h>

#include "session/own.h"

namespace remit::session {
namespace {

policy::Source source(const std::string& text) {
    policy::Source out;
    out.files.push_back({"p.textproto", "name: \"p\"\ntool { name: \"a\" program { path: \"/bin/a\" } }\n" + text});
    return out;
}

constexpr const char* kB = "tool { name: \"b\" program { path: \"/bin/b\" } }\n";

policy::Policy policy_of(const std::string& text) {
    return (*compile_own(source(text), {}, std::nullopt))->policy;
}

TEST(Own, IsNothingWhereThePolicysTablesWillDo) {
    const policy::Policy now = policy_of("grant { tool: \"a\" max_uses: 2 }\n");
    const auto same = own_under(policy_of("grant { tool: \"a\" max_uses: 5 }\n" + std::string(kB)), now, own_of(now));
    ASSERT_TRUE(same);
    EXPECT_FALSE(*same) << "what was used of a goes on, under a new limit";
}

TEST(Own, CountersOfTheSameToolGoOn) {
    const policy::Policy now = policy_of("grant { tool: \"a\" max_uses: 2 }\n");
    const policy::Policy next = policy_of(std::string(kB) + "grant { tool: \"b\" max_uses: 1 }\ngrant { tool: \"a\" max_uses: 5 }\n");
    const auto own = own_under(next, now, own_of(now));
    ASSERT_TRUE(own && *own);
    EXPECT_EQ((*own)->counters, (std::vector<uint32_t>{1, 0}));
    EXPECT_EQ((*own)->next_counter, 2u);
}

TEST(Own, AWindowOfAnotherLengthBeginsAnew) {
    const policy::Policy now = policy_of("grant { tool: \"a\" rate { count: 2 per: \"1m\" } }\n");
    const auto own = own_under(policy_of("grant { tool: \"a\" rate { count: 2 per: \"1h\" } }\n"), now, own_of(now));
    ASSERT_TRUE(own && *own);
    EXPECT_EQ((*own)->counters, (std::vector<uint32_t>{1}));
}

TEST(Own, OperatorsGrantsAreRulesBehindThePolicys) {
    const std::string text = std::string(kB) + "grant { tool: \"a\" max_uses: 2 }\ndeny { tool: \"b\" after: \"a\" }\n";
    Own own = own_of(policy_of(text));
    add_grant(own, {.tool = "b", .until_ns = 10, .text = "early"}, 0);
    add_grant(own, {.tool = "b", .until_ns = 50, .max_uses = 3, .text = "grant b (an operator)"}, 20);
    ASSERT_EQ(own.grants.size(), 1u) << "the first is over";
    const auto loaded = compile_own(source(text), {}, own);
    ASSERT_TRUE(loaded) << loaded.error().message;
    ASSERT_EQ((*loaded)->tables.grants.size(), 2u);
    const remit_grant& given = (*loaded)->tables.grants[1].grant;
    EXPECT_EQ(given.max_uses, 3u);
    EXPECT_EQ(given.until_ns, 50u);
    EXPECT_EQ(given.counter, 3u) << "one that no grant ever had";
    EXPECT_EQ((*loaded)->policy.rules[given.rule].text, "grant b (an operator)");
    EXPECT_EQ((*loaded)->tables.denies[0].rule, 1u) << "rules of the policy keep their numbers";
}

TEST(Own, OperatorsGrantsOutliveAReload) {
    const policy::Policy now = policy_of(kB);
    Own own = own_of(now);
    add_grant(own, {.tool = "b", .text = "grant b"}, 0);
    const auto kept = own_under(policy_of(std::string(kB) + "grant { tool: \"a\" }\n"), now, own);
    ASSERT_TRUE(kept && *kept);
    EXPECT_EQ((*kept)->grants.size(), 1u);
    const auto gone = own_under(policy_of("grant { tool: \"a\" }\n"), now, own);
    ASSERT_TRUE(gone && *gone);
    EXPECT_TRUE((*gone)->grants.empty());
}

}  // namespace
}  // namespace remit::session
