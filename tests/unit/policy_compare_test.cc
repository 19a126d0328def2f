// What two policies say of each other's tools.
#include "policy/compare.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

struct Pair {
    const char* name;
    const char* before;
    const char* after;
    std::vector<std::string> says;  // the sign of the kind, then the text
};

void PrintTo(const Pair& pair, std::ostream* out) {
    *out << pair.name;
}

#define REMIT_GIT "tool { name: \"git\" program { path: \"/usr/bin/git\" } }\n"
#define REMIT_WEB "tool { name: \"web\" endpoint { cidr: \"10.0.0.0/8\" port: \"443\" } }\n"

class PolicyCompare : public ::testing::TestWithParam<Pair> {};

TEST_P(PolicyCompare, SaysWhatChanged) {
    const Checked before = good(std::string("name: \"a\"\n") + GetParam().before);
    const Checked after = good(std::string("name: \"b\"\n") + GetParam().after);
    ASSERT_TRUE(before.policy && after.policy);
    std::vector<std::string> said;
    for (const Difference& each : compare(*before.policy, *after.policy))
        said.push_back(std::string(1, "+-?~"[static_cast<size_t>(each.kind)]) + " " + each.text);
    EXPECT_EQ(said, GetParam().says);
}

const Pair kPairs[] = {
    {"Same", REMIT_GIT REMIT_WEB "grant { tool: \"git\" }", REMIT_WEB REMIT_GIT "grant { tool: \"git\" }", {}},
    {"Granted", REMIT_GIT, REMIT_GIT "grant { tool: \"git\" }", {"+ tool git is granted, was not granted"}},
    {"Revoked", REMIT_GIT "grant { tool: \"git\" }", REMIT_GIT, {"- tool git is not granted, was granted"}},
    {"Asks",
     REMIT_GIT "grant { tool: \"git\" }",
     REMIT_GIT "grant { tool: \"git\" approval { scope: SESSION wait: \"5m\" } }",
     {"? tool git is granted with an approval within 5m, was granted"}},
    {"OtherConditions",
     REMIT_GIT REMIT_WEB "grant { tool: \"web\" }\ngrant { tool: \"git\" max_uses: 1 }",
     REMIT_GIT REMIT_WEB "grant { tool: \"web\" }\ngrant { tool: \"git\" only_after: \"web\" }",
     {"~ tool git is granted only after web, was granted at most 1 time"}},
    {"NewTool", REMIT_GIT, REMIT_GIT REMIT_WEB "grant { tool: \"web\" }", {"+ tool web is new, granted: endpoint 10.0.0.0/8 port 443"}},
    {"GoneTool", REMIT_GIT "grant { tool: \"git\" }", "", {"- tool git is gone, was granted: program /usr/bin/git"}},
    {"CoversOther",
     REMIT_GIT "grant { tool: \"git\" }",
     "tool { name: \"git\" program { path: \"/usr/bin/git*\" } }\ngrant { tool: \"git\" }",
     {"+ tool git also covers program /usr/bin/git*", "- tool git no longer covers program /usr/bin/git"}},
    {"Denies",
     REMIT_WEB REMIT_GIT "grant { tool: \"git\" }\ndeny { tool: \"web\" }",
     REMIT_WEB REMIT_GIT "grant { tool: \"git\" }\ndeny { tool: \"web\" always: true }",
     {"+ gone: deny of web", "- new deny of web always"}},
    {"Head",
     "lifetime: \"1h\"\n",
     "lifetime: \"2h\"\nmode: AUDIT\notherwise: ALLOW\nstrict_code: true\n",
     {"+ mode is audit, was enforce", "+ what no tool covers is allowed", "+ the lifetime is 2h, was 1h", "- strict_code is true"}},
    {"Labels",
     "tool { name: \"a\" label: \"x\" program { path: \"/bin/a\" } }\n",
     "tool { name: \"a\" program { path: \"/bin/a\" } }\n",
     {"~ tool a gives the labels none, was x"}},
};

INSTANTIATE_TEST_SUITE_P(All, PolicyCompare, ::testing::ValuesIn(kPairs), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace remit::policy::testing
