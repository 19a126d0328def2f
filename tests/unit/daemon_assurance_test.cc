#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/assurance.h"
#include "policy/check.h"

namespace remit::daemon {
namespace {

using Standing = session::Guarantee::Standing;

policy::Policy policy_of(const std::string& more) {
    policy::Source source;
    source.files.push_back(
        {"p.textproto",
         "name: \"p\"\ntool { name: \"t\" listen { address: \"0.0.0.0\" port: \"3000\" } }\ngrant { tool: \"t\" }\n" + more});
    auto checked = policy::check(source);
    EXPECT_TRUE(checked.policy);
    return checked.policy ? *checked.policy : policy::Policy{};
}

TEST(Assurance, APolicyIsRefusedWhereWhatItNeedsIsMissing) {
    const auto policy = policy_of("");
    ASSERT_THAT(policy::needs(policy), testing::ElementsAre("listeners"));
    EXPECT_TRUE(check_needs(policy, {{"listeners", Standing::kEnforced, "", ""}}));
    EXPECT_TRUE(check_needs(policy, {{"listeners", Standing::kPartial, "", ""}}));
    auto refused = check_needs(policy, {{"listeners", Standing::kMissing, "no hook", "another kernel"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kUnsupported);
    EXPECT_NE(refused.error().message.find("listeners (no hook)"), std::string::npos);
    EXPECT_EQ(refused.error().hint, "another kernel");
    EXPECT_FALSE(check_needs(policy, {})) << "what nobody knows of is not there";
}

TEST(Assurance, DegradedSessionsSayWhatTheyLack) {
    const auto policy = policy_of("degrade: true\n");
    const Guarantees host{{"exec", Standing::kPartial, "killed", ""}, {"listeners", Standing::kMissing, "no hook", ""}};
    EXPECT_TRUE(check_needs(policy, host));
    const auto assurance = assurance_of(policy, host);
    EXPECT_THAT(assurance.lacks, testing::ElementsAre("listeners"));
    EXPECT_THAT(assurance.guarantees, testing::ElementsAre(testing::Pair("exec", "partial"), testing::Pair("listeners", "missing")));
    EXPECT_THAT(shortfalls_among(host, {"listeners", "exec"}),
                testing::ElementsAre("listeners: missing (no hook)", "exec: partial (killed)"));
    EXPECT_TRUE(shortfalls_among({{"exec", Standing::kEnforced, "", ""}}, {"exec"}).empty());
}

}  // namespace
}  // namespace remit::daemon
