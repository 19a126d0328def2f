// Errors of grants, denies and examples, each at its place; the bounds of a policy.
#include "unit/policy_cases.h"

namespace remit::policy::testing {
namespace {

class PolicyRuleError : public ::testing::TestWithParam<Case> {};

TEST_P(PolicyRuleError, IsSaidAtItsPlaceAndAlone) {
    expect_errors(GetParam());
}

const Case kRuleCases[] = {
    {"GrantOfNothing", "name: \"p\"\n§grant { }\n", {"missing-field"}},
    {"GrantOfUnknown", "name: \"p\"\n" REMIT_TOOL("repo") "grant { §tool: \"rpeo\" }\n", {"unknown-tool"}},
    {"BadFrom", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §from: \"soon\" }\n", {"bad-duration"}},
    {"BadUntil", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §until: \"\" }\n", {"bad-duration"}},
    {"EndsBeforeItBegins", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" from: \"2m\" §until: \"1m\" }\n", {"never-holds"}},
    {"BeginsAfterTheEnd", "name: \"p\"\nlifetime: \"1h\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §from: \"1h\" }\n", {"never-holds"}},
    {"RateOfNone", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" rate { §count: 0 per: \"1m\" } }\n", {"never-holds"}},
    {"RateInNoTime", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" rate { count: 1 §per: \"0s\" } }\n", {"bad-duration"}},
    {"RateOfNoWindow", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §rate { count: 1 } }\n", {"missing-field"}},
    {"TimedWithoutTime", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { §scope: TIMED } }\n", {"missing-field"}},
    {"OnceLastsNoTime",
     "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { scope: ONCE §lasts: \"15m\" } }\n",
     {"bad-approval"}},
    {"TimedForNothing",
     "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { scope: TIMED §lasts: \"0s\" } }\n",
     {"bad-duration"}},
    {"ByNobody", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { scope: ONCE §by: \"release\" } }\n", {"bad-by"}},
    {"ByAnEmptyGroup", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { scope: ONCE §by: \"group:\" } }\n", {"bad-by"}},
    {"CutAtOnce", "name: \"p\"\n" REMIT_TOOL("a") "deny { tool: \"a\" §cut: true }\n", {"cut-without-after"}},
    {"NoUses", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §max_uses: 0 }\n", {"never-holds"}},
    {"OnlyAndNever",
     "name: \"p\"\n" REMIT_TOOL("a") REMIT_TOOL("b") "grant { tool: \"b\" }\ngrant { tool: \"a\" only_after: \"b\" §never_after: \"b\" }\n",
     {"never-holds"}},
    {"OnlyAfterUnknown", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §only_after: \"b\" }\n", {"unknown-mark"}},
    {"NeverAfterUnknown",
     "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" never_after: \"a\" §never_after: \"b\" }\n",
     {"unknown-mark"}},
    {"ApprovalWithoutScope", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §approval { } }\n", {"missing-field"}},
    {"ApprovalInNoTime",
     "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { scope: SESSION §wait: \"0s\" } }\n",
     {"bad-duration"}},
    {"DenyOfNothing", "name: \"p\"\n§deny { }\n", {"missing-field"}},
    {"DenyOfBoth", "name: \"p\"\n" REMIT_TOOL("a") "deny { tool: \"a\" §label: \"b\" }\n", {"missing-field"}},
    {"DenyOfUnknown", "name: \"p\"\n" REMIT_TOOL("a") "deny { §tool: \"b\" }\n", {"unknown-tool"}},
    {"DenyOfUnknownLabel", "name: \"p\"\n" REMIT_TOOL("a") "deny { §label: \"a\" }\n", {"unknown-label"}},
    {"DenyAfterUnknown", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" }\ndeny { tool: \"a\" §after: \"x\" }\n", {"unknown-mark"}},
    {"ShadowedByTool", "name: \"p\"\n" REMIT_TOOL("a") "§grant { tool: \"a\" }\ndeny { tool: \"a\" }\n", {"shadowed-grant"}},
    {"ShadowedByLabel",
     "name: \"p\"\ntool { name: \"a\" label: \"l\" program { path: \"/usr/bin/a\" } }\n§grant { tool: \"a\" max_uses: 2 }\ndeny { label: "
     "\"l\" }\n",
     {"shadowed-grant"}},
    {"DeadTwin",
     "name: \"p\"\n" REMIT_TOOL("a") "§grant { tool: \"a\" max_uses: 2 }\ngrant { tool: \"a\" }\n§grant { tool: \"a\" }\n",
     {"dead-grant", "dead-grant"}},
    {"WaitsForEachOther",
     "name: \"p\"\n" REMIT_TOOL("a") REMIT_TOOL("b") "grant { tool: \"a\" §only_after: \"b\" }\ngrant { tool: \"b\" §only_after: \"a\" }\n",
     {"only-after-cycle", "only-after-cycle"}},
    {"WaitsForItself", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §only_after: \"a\" }\n", {"only-after-cycle"}},
    {"DenyNeverMatches",
     "name: \"p\"\n" REMIT_TOOL(
         "a") "tool { name: \"b\" program { path: \"/usr/bin/b\" } }\ngrant { tool: \"a\" }\ndeny { tool: \"a\" §after: \"b\" }\n",
     {"deny-never-matches"}},
    {"StepOfNothing", "name: \"p\"\nexample { name: \"e\" §step { } }\n", {"bad-step"}},
    {"StepOfTwo", "name: \"p\"\nexample { name: \"e\" step { exec: \"/a\" §advance: \"1m\" } }\n", {"bad-step"}},
    {"StepWithoutVerdict", "name: \"p\"\nexample { name: \"e\" §step { exec: \"/usr/bin/a\" } }\n", {"bad-step"}},
    {"ActWithVerdict", "name: \"p\"\nexample { name: \"e\" step { advance: \"1m\" §verdict: ALLOW } }\n", {"bad-step"}},
    {"StepBadPath", "name: \"p\"\nexample { name: \"e\" step { §exec: \"git\" verdict: DENY } }\n", {"bad-step"}},
    {"StepNoPort", "name: \"p\"\nexample { name: \"e\" step { §connect: \"10.0.0.1\" verdict: DENY } }\n", {"bad-step"}},
    {"StepUnknownTool", "name: \"p\"\nexample { name: \"e\" step { exec: \"/a\" verdict: DENY §tool: \"x\" } }\n", {"unknown-tool"}},
    {"StepListenOnAName", "name: \"p\"\nexample { name: \"e\" step { §listen: \"localhost:80\" verdict: DENY } }\n", {"bad-step"}},
    {"StepListenNoPort", "name: \"p\"\nexample { name: \"e\" step { §listen: \"0.0.0.0\" verdict: DENY } }\n", {"bad-step"}},
    {"StepBadSocket", "name: \"p\"\nexample { name: \"e\" step { §unix: \"x.sock\" verdict: DENY } }\n", {"bad-step"}},
    {"StepOfTwoCrossings", "name: \"p\"\nexample { name: \"e\" step { listen: \"[::]:80\" §unix: \"@x\" verdict: DENY } }\n", {"bad-step"}},
    {"FailingListen", "name: \"p\"\nexample { name: \"e\" §step { listen: \"[::]:80\" verdict: ALLOW } }\n", {"example-failed"}},
    {"FailingUnix", "name: \"p\"\nexample { name: \"e\" §step { unix: \"@x\" verdict: ALLOW } }\n", {"example-failed"}},
    {"StepBadAdvance", "name: \"p\"\nexample { name: \"e\" step { §advance: \"x\" } }\n", {"bad-duration"}},
    {"FailingExample",
     "name: \"p\"\n" REMIT_TOOL(
         "a") "grant { tool: \"a\" }\nexample { name: \"e\"\n  step { connect: \"[2001:db8::1]:443\" verdict: ALLOW }\n"
              "  §step { exec: \"/usr/bin/x\" verdict: ALLOW }\n  step { exec: \"/usr/bin/y\" verdict: ALLOW } }\n",
     {"example-failed"}},
    {"FailingReason",
     "name: \"p\"\nexample { name: \"e\" §step { exec: \"/usr/bin/x\" verdict: DENY reason: DENIED } }\n",
     {"example-failed"}},
    {"FailingTool",
     "name: \"p\"\n" REMIT_TOOL("a")
         REMIT_TOOL("b") "grant { tool: \"a\" }\n"
                         "example { name: \"e\" §step { connect: \"[2001:db8::1]:443\" verdict: ALLOW tool: \"b\" } }\n",
     {"example-failed"}},
};

INSTANTIATE_TEST_SUITE_P(All, PolicyRuleError, ::testing::ValuesIn(kRuleCases), [](const auto& info) { return info.param.name; });

TEST(PolicyErrors, Bounds) {
    std::string tools = "name: \"p\"\n", labels = "name: \"p\"\n", grants = "name: \"p\"\n" REMIT_TOOL("a"), denies = grants;
    for (int i = 0; i < 257; i++) tools += "tool { name: \"t" + std::to_string(i) + "\" program { path: \"/usr/bin/t\" } }\n";
    for (int i = 0; i < 65; i++) {
        const std::string n = std::to_string(i);
        labels += "tool { name: \"t" + n + "\" label: \"l" + n + "\" program { path: \"/bin/t" + n + "\" } }\n";
        denies += "deny { tool: \"a\" }\n";
    }
    for (int i = 0; i < 9; i++) grants += "grant { tool: \"a\" max_uses: " + std::to_string(i + 1) + " }\n";
    std::string steps = "name: \"p\"\nexample { name: \"e\"\n";
    for (int i = 0; i < 1025; i++) steps += "step { advance: \"1s\" }\n";
    std::string sockets = "name: \"p\"\ntool { name: \"a\"\n";
    for (int i = 0; i < 1025; i++) sockets += "endpoint { unix_path: \"@" + std::to_string(i) + "\" }\n";
    const auto errors = errors_of;
    EXPECT_EQ(errors(sockets + "}"), std::vector<std::string>{"1027:12 too-many-sockets"});
    EXPECT_EQ(errors(steps + "}"), std::vector<std::string>{"1027:1 too-many-steps"});
    EXPECT_EQ(errors(tools), std::vector<std::string>{"258:1 too-many-tools"});
    EXPECT_EQ(errors(labels), std::vector<std::string>{"66:20 too-many-labels"});
    EXPECT_EQ(errors(grants), std::vector<std::string>{"11:1 too-many-grants"});
    EXPECT_EQ(errors(denies), std::vector<std::string>{"67:1 too-many-denies"});
}

TEST(PolicyErrors, MoreThanEightTiedToolsWithConditions) {
    const auto errors = [](const char* object, int unconditional) {
        std::string text = "name: \"p\"\n";
        for (int i = 0; i < 9; i++) text += "tool { name: \"t" + std::to_string(i) + "\" " + object + " }\n";
        for (int i = 0; i < 9; i++)
            text += "grant { tool: \"t" + std::to_string(i) + "\"" + (i == unconditional ? "" : " max_uses: 1") + " }\n";
        return errors_of(text);
    };
    const std::string content = "program { sha256: \"" + std::string(64, 'a') + "\" }";
    for (const char* object :
         {"endpoint { cidr: \"2001:db8::/32\" }", "program { path: \"/opt/x*\" }", "program { path: \"/opt/x\" }",
          "program { anonymous: true }", "program { set_id: true }", "listen { address: \"::\" }", "endpoint { unix_path: \"/run/x\" }",
          "endpoint { unix_path: \"@x\" peer_program: \"/opt/x\" }", "socket { family: \"alg\" }", content.c_str()}) {
        EXPECT_EQ(errors(object, -1), std::vector<std::string>{"10:1 too-many-tied"});
        EXPECT_EQ(errors(object, 8), std::vector<std::string>{"10:1 too-many-tied"});
        EXPECT_EQ(errors(object, 7), std::vector<std::string>{});
    }
}

}  // namespace
}  // namespace remit::policy::testing
