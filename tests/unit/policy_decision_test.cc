// The one order of a decision (POLICY.md), played on policies from text; attribution of programs; explanations.
#include <netinet/in.h>

#include <array>

#include "policy/attribute.h"
#include "policy/explain.h"
#include "policy/names.h"
#include "policy/simulate.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

// Whole policies whose examples are the table: a failing one is an error of check, and names its step.
struct Play {
    const char* name;
    const char* text;
};

void PrintTo(const Play& play, std::ostream* out) {
    *out << play.name;
}

class PolicyDecision : public ::testing::TestWithParam<Play> {};

TEST_P(PolicyDecision, ComesOutAsTheExampleSays) {
    const Checked checked = check(source_of(std::string("name: \"p\"\n") + GetParam().text));
    EXPECT_TRUE(checked.policy) << all_text(checked.diagnostics);
}

#define REMIT_A "tool { name: \"a\" program { path: \"/bin/a\" } }\n"
#define REMIT_B "tool { name: \"b\" program { path: \"/bin/b\" } }\n"
#define REMIT_C "tool { name: \"c\" label: \"l\" program { path: \"/bin/c\" } }\n"

const Play kPlays[] = {
    {"ChildHasWhatIsPassedOn",
     REMIT_A REMIT_B "child {}\ngrant { tool: \"a\" delegable: true }\ngrant { tool: \"b\" }\nexample { name: \"e\"\n"
                     "step { exec: \"/bin/b\" verdict: ALLOW }\nstep { child: \"p\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
                     "step { exec: \"/bin/b\" verdict: DENY reason: NOT_DELEGATED tool: \"b\" } }\n"},
    {"ChildIsChargedToThoseAbove", REMIT_A
     "child {}\ngrant { tool: \"a\" delegable: true max_uses: 2 }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { child: \"p\" }\nstep { child: \"p\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: MAX_USES } }\n"},
    {"ChildSharesTheRate", REMIT_A
     "child {}\ngrant { tool: \"a\" delegable: true rate { count: 1 per: \"1m\" } }\nexample { name: \"e\"\n"
     "step { advance: \"30s\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\nstep { child: \"p\" }\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: RATE }\nstep { advance: \"31s\" }\nstep { exec: \"/bin/a\" verdict: ALLOW } }\n"},
    {"ChildBeginsWithItselfAndEndsWithTheFirst", REMIT_A REMIT_B
     "child {}\ngrant { tool: \"a\" delegable: true from: \"1m\" }\ngrant { tool: \"b\" delegable: true until: \"2m\" }\nexample { name: "
     "\"e\"\n"
     "step { advance: \"1m\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\nstep { child: \"p\" }\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: NOT_YET }\nstep { advance: \"59s\" }\nstep { exec: \"/bin/b\" verdict: ALLOW }\n"
     "step { advance: \"1s\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/b\" verdict: DENY reason: GRANT_EXPIRED } "
     "}\n"},
    {"ChildHasSeenWhatThoseAboveSaw", REMIT_A REMIT_C
     "child {}\ngrant { tool: \"a\" delegable: true never_after: \"l\" }\ngrant { tool: \"c\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/c\" verdict: ALLOW }\nstep { child: \"p\" }\nstep { exec: \"/bin/a\" verdict: DENY reason: NEVER_AFTER } }\n"},
    {"ChildHasNoOtherwise",
     REMIT_A "otherwise: ALLOW\nchild {}\ngrant { tool: \"a\" delegable: true }\nexample { name: \"e\"\n"
             "step { exec: \"/bin/x\" verdict: ALLOW }\nstep { child: \"p\" }\nstep { exec: \"/bin/x\" verdict: DENY reason: NO_TOOL }\n"
             "step { exec: \"/bin/a\" verdict: ALLOW } }\n"},
    {"Otherwise",
     REMIT_A "grant { tool: \"a\" }\nexample { name: \"e\"\n"
             "step { exec: \"/bin/x\" verdict: DENY reason: NO_TOOL }\nstep { exec: \"/bin/a\" verdict: ALLOW tool: \"a\" } }\n"},
    {"OtherwiseAllow",
     REMIT_A "otherwise: ALLOW\nexample { name: \"e\"\n"
             "step { exec: \"/bin/x\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: DENY reason: NOT_GRANTED tool: \"a\" } }\n"},
    {"Window", REMIT_A
     "grant { tool: \"a\" from: \"1m\" until: \"2m\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: NOT_YET }\nstep { advance: \"59s999ms\" }\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: NOT_YET }\nstep { advance: \"1ms\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
     "step { advance: \"1m\" }\nstep { exec: \"/bin/a\" verdict: DENY reason: GRANT_EXPIRED } }\n"},
    {"LifetimeIsOverEverything", "lifetime: \"1h\"\n" REMIT_A "grant { tool: \"a\" }\nexample { name: \"e\"\n"
                                 "step { advance: \"1h\" }\nstep { exec: \"/bin/a\" verdict: DENY reason: EXPIRED }\n"
                                 "step { exec: \"/bin/x\" verdict: DENY reason: EXPIRED } }\n"},
    {"Revoked", REMIT_A
     "grant { tool: \"a\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { revoke: true }\nstep { exec: \"/bin/a\" verdict: DENY reason: REVOKED } }\n"},
    {"Uses", REMIT_A "grant { tool: \"a\" max_uses: 2 }\nexample { name: \"e\"\n"
                     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
                     "step { exec: \"/bin/a\" verdict: DENY reason: MAX_USES } }\n"},
    {"GrantsAreOr", REMIT_A "grant { tool: \"a\" max_uses: 1 }\ngrant { tool: \"a\" from: \"1m\" }\nexample { name: \"e\"\n"
                            "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: DENY reason: MAX_USES }\n"
                            "step { advance: \"1m\" }\nstep { exec: \"/bin/a\" verdict: ALLOW } }\n"},
    {"OnlyAfterAllOfThem", REMIT_A REMIT_B REMIT_C
     "grant { tool: \"a\" only_after: \"b\" only_after: \"l\" }\ngrant { tool: \"b\" }\ngrant { tool: \"c\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/b\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: DENY reason: ONLY_AFTER }\n"
     "step { exec: \"/bin/c\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: ALLOW } }\n"},
    {"NeverAfterOneOfThem", REMIT_A REMIT_B REMIT_C
     "grant { tool: \"a\" never_after: \"b\" never_after: \"l\" }\ngrant { tool: \"b\" }\ngrant { tool: \"c\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/c\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: DENY reason: "
     "NEVER_AFTER } }\n"},
    {"ARefusedCrossingIsNotSeen",
     REMIT_A REMIT_B "grant { tool: \"a\" only_after: \"b\" }\ngrant { tool: \"b\" from: \"1m\" }\nexample { name: \"e\"\n"
                     "step { exec: \"/bin/b\" verdict: DENY }\nstep { exec: \"/bin/a\" verdict: DENY reason: ONLY_AFTER } }\n"},
    {"AuditPredictsEnforce",
     "mode: AUDIT\n" REMIT_A REMIT_B "grant { tool: \"a\" only_after: \"b\" }\ngrant { tool: \"b\" from: \"1m\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/b\" verdict: DENY }\nstep { exec: \"/bin/a\" verdict: DENY reason: ONLY_AFTER } }\n"},
    {"Approval", REMIT_A
     "grant { tool: \"a\" from: \"1m\" approval { scope: SESSION } }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: NOT_YET }\nstep { advance: \"1m\" }\n"
     "step { exec: \"/bin/a\" verdict: PENDING reason: APPROVAL }\nstep { approve: \"a\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
     "step { exec: \"/bin/a\" verdict: ALLOW } }\n"},
    {"RateOfFixedWindows", REMIT_A
     "grant { tool: \"a\" rate { count: 2 per: \"1m\" } }\nexample { name: \"e\"\nstep { advance: \"59s\" }\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: RATE }\nstep { advance: \"1s\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: DENY reason: RATE }\nstep { advance: \"59s\" }\n"
     "step { exec: \"/bin/a\" verdict: DENY reason: RATE }\nstep { advance: \"10m\" }\nstep { exec: \"/bin/a\" verdict: ALLOW } }\n"},
    {"UsesAreNamedBeforeTheRate",
     REMIT_A "grant { tool: \"a\" max_uses: 1 rate { count: 1 per: \"1m\" } }\nexample { name: \"e\"\n"
             "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: DENY reason: MAX_USES } }\n"},
    {"ApprovalOnce", REMIT_A
     "grant { tool: \"a\" approval { scope: ONCE } }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/a\" verdict: PENDING reason: APPROVAL }\nstep { approve: \"a\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\n"
     "step { exec: \"/bin/a\" verdict: PENDING }\nstep { approve: \"a\" }\nstep { approve: \"a\" }\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: PENDING } }\n"},
    {"ApprovalForATime",
     REMIT_A "grant { tool: \"a\" approval { scope: TIMED lasts: \"15m\" by: \"group:release\" } }\nexample { name: \"e\"\n"
             "step { approve: \"a\" }\nstep { advance: \"14m59s\" }\nstep { exec: \"/bin/a\" verdict: ALLOW }\nstep { advance: \"1s\" }\n"
             "step { exec: \"/bin/a\" verdict: PENDING }\nstep { approve: \"a\" }\nstep { exec: \"/bin/a\" verdict: ALLOW } }\n"},
    {"ANoIsARefusal", REMIT_A "grant { tool: \"a\" approval { scope: SESSION } }\nexample { name: \"e\"\nstep { reject: \"a\" }\n"
                              "step { exec: \"/bin/a\" verdict: DENY reason: APPROVAL } }\n"},
    {"AnOperatorsGrant", REMIT_A REMIT_B
     "grant { tool: \"a\" approval { scope: SESSION } }\ndeny { tool: \"b\" }\nexample { name: \"e\"\nstep { grant: \"a\" }\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { grant: \"b\" }\nstep { exec: \"/bin/b\" verdict: DENY reason: DENIED } }\n"},
    {"DenyByLabelBeatsGrant", REMIT_A REMIT_C
     "grant { tool: \"c\" }\ngrant { tool: \"a\" }\ndeny { label: \"l\" after: \"a\" reason: \"r\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/c\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/c\" verdict: DENY reason: "
     "DENIED tool: \"c\" } }\n"},
    {"DenyOfALessSpecificToolBites",
     "tool { name: \"net\" endpoint { cidr: \"10.0.0.0/8\" } }\ntool { name: \"host\" endpoint { host: \"10.0.0.1\" } }\n"
     "grant { tool: \"host\" }\ndeny { tool: \"net\" }\nexample { name: \"e\"\n"
     "step { connect: \"10.0.0.1:443\" verdict: DENY reason: DENIED tool: \"net\" } }\n"},
    {"MostSpecificPays",
     "tool { name: \"net\" endpoint { cidr: \"10.0.0.0/8\" } }\ntool { name: \"sub\" endpoint { cidr: \"10.1.0.0/16\" } }\n"
     "tool { name: \"host\" endpoint { host: \"10.1.0.1\" } }\ntool { name: \"one\" endpoint { cidr: \"10.1.0.1/32\" port: \"443\" } }\n"
     "tool { name: \"web\" endpoint { cidr: \"10.0.0.0/8\" port: \"80\" } }\ngrant { tool: \"net\" }\nexample { name: \"e\"\n"
     "step { connect: \"10.2.0.1:443\" verdict: ALLOW tool: \"net\" }\nstep { connect: \"10.2.0.1:80\" verdict: DENY reason: NOT_GRANTED "
     "tool: \"web\" }\n"
     "step { connect: \"10.1.0.2:443\" verdict: DENY reason: NOT_GRANTED tool: \"sub\" }\n"
     "step { connect: \"10.1.0.1:443\" verdict: DENY reason: NOT_GRANTED tool: \"host\" } }\n"},
    {"TiedToolsAllCount",
     "tool { name: \"a\" label: \"l\" endpoint { cidr: \"10.0.0.0/8\" } }\ntool { name: \"b\" label: \"m\" endpoint { cidr: \"10.0.0.0/8\" "
     "} }\n" REMIT_C "grant { tool: \"b\" }\ngrant { tool: \"c\" only_after: \"a\" only_after: \"m\" }\nexample { name: \"e\"\n"
     "step { exec: \"/bin/c\" verdict: DENY reason: ONLY_AFTER }\nstep { connect: \"10.0.0.1:1\" verdict: ALLOW tool: \"b\" }\n"
     "step { exec: \"/bin/c\" verdict: ALLOW } }\n"},
    {"NamesBySpecificity",
     "tool { name: \"all\" endpoint { host: \"*.example\" } }\ntool { name: \"docs\" endpoint { host: \"*.Docs.example\" port: \"443\" } "
     "}\n"
     "tool { name: \"one\" endpoint { host: \"a.docs.example\" port: \"443\" } }\ngrant { tool: \"all\" }\ngrant { tool: \"docs\" }\n"
     "example { name: \"e\"\n"
     "step { connect: \"b.docs.example:443\" verdict: ALLOW tool: \"docs\" }\nstep { connect: \"B.DOCS.example:80\" verdict: ALLOW tool: "
     "\"all\" }\n"
     "step { connect: \"a.docs.example:443\" verdict: DENY reason: NOT_GRANTED tool: \"one\" }\n"
     "step { connect: \"a.docs.example:80\" verdict: ALLOW tool: \"all\" }\nstep { connect: \"example:443\" verdict: DENY reason: NO_TOOL "
     "}\n"
     "step { connect: \"notexample:443\" verdict: DENY reason: NO_TOOL }\nstep { send: \"x.example:53\" verdict: ALLOW tool: \"all\" }\n"
     "step { resolve: \"a.docs.example\" verdict: ALLOW }\nstep { resolve: \"example\" verdict: DENY reason: NO_TOOL } }\n"},
    {"ALookUpGivesAndTakesNothing",
     "tool { name: \"a\" label: \"l\" endpoint { host: \"a.example\" port: \"443\" } }\n"
     "tool { name: \"b\" endpoint { host: \"b.example\" } }\n"
     "grant { tool: \"a\" max_uses: 1 }\ngrant { tool: \"b\" only_after: \"a\" }\nexample { name: \"e\"\n"
     "step { resolve: \"a.example\" verdict: ALLOW tool: \"a\" }\nstep { resolve: \"a.example\" verdict: ALLOW }\n"
     "step { resolve: \"b.example\" verdict: DENY reason: ONLY_AFTER }\nstep { connect: \"a.example:443\" verdict: ALLOW }\n"
     "step { resolve: \"a.example\" verdict: DENY reason: MAX_USES }\nstep { resolve: \"b.example\" verdict: ALLOW } }\n"},
    {"OnePortIsEnoughToLookUp",
     "tool { name: \"no\" endpoint { host: \"a.example\" port: \"22\" } }\ntool { name: \"yes\" endpoint { host: \"*.example\" port: "
     "\"443\" } "
     "}\ngrant { tool: \"yes\" }\ndeny { tool: \"no\" }\nexample { name: \"e\"\n"
     "step { resolve: \"a.example\" verdict: ALLOW tool: \"yes\" }\nstep { connect: \"a.example:22\" verdict: DENY reason: DENIED } }\n"},
    {"Protocols",
     "tool { name: \"dns\" endpoint { host: \"10.0.0.53\" port: \"53\" protocol: UDP } }\ngrant { tool: \"dns\" }\nexample { name: \"e\"\n"
     "step { send: \"10.0.0.53:53\" verdict: ALLOW tool: \"dns\" }\nstep { connect: \"10.0.0.53:53/udp\" verdict: ALLOW }\n"
     "step { connect: \"10.0.0.53:53\" verdict: DENY reason: NO_TOOL } }\n"},
    {"TheFirstReasonIsNamed", REMIT_A REMIT_B
     "grant { tool: \"b\" }\ngrant { tool: \"a\" until: \"1m\" }\ngrant { tool: \"a\" only_after: \"b\" max_uses: 1 }\nexample { name: "
     "\"e\"\n"
     "step { advance: \"1m\" }\nstep { exec: \"/bin/a\" verdict: DENY reason: GRANT_EXPIRED }\nstep { exec: \"/bin/b\" verdict: ALLOW }\n"
     "step { exec: \"/bin/a\" verdict: ALLOW }\nstep { exec: \"/bin/a\" verdict: DENY reason: GRANT_EXPIRED } }\n"},
};

INSTANTIATE_TEST_SUITE_P(Order, PolicyDecision, ::testing::ValuesIn(kPlays), [](const auto& info) { return info.param.name; });

struct PatternCase {
    const char* pattern;
    const char* path;
    bool matches;
};

TEST(PolicyPattern, StarsStayInTheirFolder) {
    static constexpr PatternCase kCases[] = {
        {"/usr/bin/git", "/usr/bin/git", true},
        {"/usr/bin/git", "/usr/bin/git2", false},
        {"/usr/bin/*", "/usr/bin/git", true},
        {"/usr/bin/*", "/usr/bin/x/git", false},
        {"/usr/bin/*", "/usr/bin/", false},
        {"/usr/bin/python3*", "/usr/bin/python3", true},
        {"/usr/bin/python3*", "/usr/bin/python3.12", true},
        {"/usr/bin/python3*", "/usr/bin/python2", false},
        {"/usr/lib/x/**", "/usr/lib/x/a", true},
        {"/usr/lib/x/**", "/usr/lib/x/a/b/c", true},
        {"/usr/lib/x/**", "/usr/lib/x", false},
        {"/usr/lib/x/**", "/usr/lib/xy", false},
        {"/home/*/bin/tool", "/home/u/bin/tool", true},
        {"/home/*/bin/tool", "/home/u/v/bin/tool", false},
        {"/opt/a*b*c", "/opt/aXbYbZc", true},
        {"/opt/a*b*c", "/opt/aXcYb", false},
        {"/usr/bin/[", "/usr/bin/[", true},
        {"/*/**", "/a/b", true},
        {"/**", "/a", true},
        {"/**", "/a/b", true},
    };
    for (const PatternCase& c : kCases) {
        Result<Pattern> pattern = parse_pattern(c.pattern);
        ASSERT_TRUE(pattern) << c.pattern;
        EXPECT_EQ(pattern->matches(c.path), c.matches) << c.pattern << " " << c.path;
    }
}

TEST(PolicyAttribution, TheMostSpecificPathDecides) {
    const Checked checked = good(
        "name: \"p\"\n"
        "tool { name: \"all\" program { path: \"/usr/lib/**\" } }\n"
        "tool { name: \"core\" label: \"l\" program { path: \"/usr/lib/git-core/**\" } }\n"
        "tool { name: \"tied\" label: \"m\" program { path: \"/usr/lib/git-core/*\" } }\n"
        "tool { name: \"exact\" program { path: \"/usr/lib/git-core/git-push\" } }\n");
    const Policy& policy = *checked.policy;
    const auto best = [&](const char* path) { return tool_names(policy, program_toolset(policy, path).best); };
    EXPECT_EQ(best("/usr/lib/a"), std::vector<std::string>{"all"});
    EXPECT_EQ(best("/usr/lib/git-core/git"), (std::vector<std::string>{"core", "tied"}));
    EXPECT_EQ(best("/usr/lib/git-core/git-push"), std::vector<std::string>{"exact"});
    EXPECT_EQ(best("/usr/bin/git"), std::vector<std::string>{});
    EXPECT_EQ(program_toolset(policy, "/usr/lib/git-core/git").labels, 3u);
    EXPECT_EQ(program_toolset(policy, "/usr/lib/git-core/git-push").covers[0], 15u);
    const remit_toolset either = program_toolset(policy, std::vector<std::string>{"/usr/lib/a", "/usr/lib/git-core/git-push"});
    EXPECT_EQ(tool_names(policy, either.best), std::vector<std::string>{"exact"});
    const Attribution attribution = attribute_program(policy, {.paths = {"/usr/lib/git-core/git-push"}});
    ASSERT_EQ(attribution.coverings.size(), 4u);
    EXPECT_TRUE(attribution.coverings[0].best);
    EXPECT_EQ(attribution.coverings[0].why, "exact path /usr/lib/git-core/git-push");
    EXPECT_EQ(attribution.coverings[0].position.line, 5u);
    EXPECT_FALSE(attribution.coverings[1].best);
}

TEST(PolicyNames, TheRuleBehindAVerdict) {
    const Checked checked = good("name: \"p\"\nlifetime: \"8h\"\n" REMIT_A REMIT_B REMIT_C
                                 "grant { tool: \"a\" }\ngrant { tool: \"c\" max_uses: 1 }\ndeny { label: \"l\" after: \"a\" }\n"
                                 "deny { tool: \"b\" after: \"a\" reason: \"not on Fridays\" }\n");
    const Policy& policy = *checked.policy;
    EXPECT_EQ(rule_text(policy, 1, 3, REMIT_REASON_DENIED), "deny b (p.textproto:9): not on Fridays");
    EXPECT_EQ(rule_text(policy, 0, REMIT_NO_RULE, REMIT_GRANTED), "grant a (p.textproto:6)");
    EXPECT_EQ(rule_text(policy, 2, 1, REMIT_REASON_MAX_USES), "grant c (p.textproto:7)");
    EXPECT_EQ(rule_text(policy, 2, 2, REMIT_REASON_DENIED), "deny l (p.textproto:8)");
    EXPECT_EQ(rule_text(policy, 1, REMIT_NO_RULE, REMIT_REASON_NOT_GRANTED), "no grant for b");
    EXPECT_EQ(rule_text(policy, REMIT_NO_TOOL, REMIT_NO_RULE, REMIT_REASON_NO_TOOL), "otherwise DENY (the default)");
    EXPECT_EQ(rule_text(policy, REMIT_NO_TOOL, REMIT_NO_RULE, REMIT_REASON_EXPIRED), "lifetime 8h");
    EXPECT_EQ(rule_text(policy, REMIT_NO_TOOL, REMIT_NO_RULE, REMIT_REASON_REVOKED), "");
    EXPECT_EQ(mark_name(policy, 2), "c");
    EXPECT_EQ(mark_name(policy, REMIT_FIRST_LABEL), "l");
    EXPECT_EQ(mark_name(policy, 200), "");
    EXPECT_EQ(standing_of(policy, 0), "granted");
    EXPECT_EQ(standing_of(policy, 1), "not granted");
    EXPECT_EQ(standing_of(policy, 2), "conditional");
}

std::vector<std::string> explained(const Checked& checked, const Question& question) {
    Result<Explanation> explanation = explain(*checked.policy, *checked.tables, question);
    EXPECT_TRUE(explanation);
    return to_lines(*checked.policy, *explanation);
}

TEST(PolicyExplain, NamesThePathOfTheDecision) {
    const Checked checked = good("name: \"p\"\n" REMIT_A
                                 "tool { name: \"net\" endpoint { cidr: \"10.0.0.0/8\" } }\n"
                                 "tool { name: \"host\" label: \"l\" endpoint { host: \"10.0.0.1\" port: \"443\" } }\n"
                                 "grant { tool: \"a\" }\ngrant { tool: \"host\" only_after: \"a\" from: \"1m\" }\ndeny { tool: \"net\" "
                                 "after: \"l\" reason: \"once\" }\n");
    Question question{.object = *parse_target("10.0.0.1:443")};
    EXPECT_EQ(explained(checked, question), (std::vector<std::string>{
                                                "connect 10.0.0.1:443: deny NOT_YET",
                                                "  tool host covers it: exact host 10.0.0.1 port 443 (most specific)",
                                                "  tool net covers it: 10.0.0.0/8, all ports (less specific)",
                                                "  deny net (p.textproto:7): waits for l",
                                                "  grant host (p.textproto:6): NOT_YET: from 1m on",
                                                "  decided by grant host (p.textproto:6)",
                                            }));
    question.at_ns = 60'000'000'000;
    EXPECT_EQ(explained(checked, question).front(), "connect 10.0.0.1:443: deny ONLY_AFTER");
    question.after = {"a"};
    EXPECT_EQ(explained(checked, question).front(), "connect 10.0.0.1:443: allow");
    EXPECT_EQ(explained(checked, question).back(), "  the session gains: host, l");
    question.after = {"a", "host"};
    EXPECT_EQ(explained(checked, question).front(), "connect 10.0.0.1:443: deny DENIED");
    EXPECT_EQ(explained(checked, question)[3], "  deny net (p.textproto:7): bites: l was seen (once)");
    EXPECT_EQ(explained(checked, {.object = std::string("/bin/a")}), (std::vector<std::string>{
                                                                         "exec /bin/a: allow",
                                                                         "  tool a covers it: exact path /bin/a (most specific)",
                                                                         "  grant a (p.textproto:5): holds: it has no conditions",
                                                                         "  decided by grant a (p.textproto:5)",
                                                                         "  the session gains: a",
                                                                     }));
    EXPECT_EQ(explained(checked, {.object = std::string("/bin/x")})[1], "  no tool covers it");
    EXPECT_FALSE(explain(*checked.policy, *checked.tables, {.object = std::string("/bin/x"), .after = {"nothing"}}));
}

TEST(PolicyExplain, QuestionsAreWrittenAsPeopleDo) {
    const Checked checked = good("name: \"p\"\n" REMIT_A);
    for (const auto& [crossing, object, shown] :
         std::vector<std::array<const char*, 3>>{{"exec", "/bin/a", "exec /bin/a"},
                                                 {"connect", "[2001:db8::1]:443", "connect [2001:db8::1]:443"},
                                                 {"send", "10.0.0.1:53", "connect 10.0.0.1:53/udp"},
                                                 {"send", "10.0.0.1:53/udp", "connect 10.0.0.1:53/udp"},
                                                 {"listen", "0.0.0.0:3000", "listen 0.0.0.0:3000"},
                                                 {"unix", "@name", "unix @name"},
                                                 {"resolve", "Git.Example.", "resolve git.example"}}) {
        const Result<Question> question = parse_question(crossing, object);
        ASSERT_TRUE(question) << crossing << " " << question.error().message;
        EXPECT_TRUE(explained(checked, *question).front().starts_with(std::string(shown) + ": deny"))
            << explained(checked, *question).front();
    }
    for (const auto& [crossing, object] : std::vector<std::array<const char*, 2>>{{"exec", "bin/a"},
                                                                                  {"connect", "10.0.0.1"},
                                                                                  {"listen", "git.example:80"},
                                                                                  {"unix", "name"},
                                                                                  {"resolve", "10.0.0.1:80"},
                                                                                  {"read", "/bin/a"}})
        EXPECT_EQ(parse_question(crossing, object).error().code, Code::kUsage) << crossing;
}

TEST(PolicyTarget, AddressAndPort) {
    EXPECT_EQ(format_target(*parse_target("10.1.2.3:443")), "10.1.2.3:443");
    EXPECT_EQ(format_target(*parse_target("[2001:db8::1]:53/udp")), "[2001:db8::1]:53/udp");
    EXPECT_EQ(format_target(*parse_target("[::ffff:10.1.2.3]:443/tcp")), "10.1.2.3:443");
    EXPECT_EQ(parse_target("Git.Example:443")->host, "git.example");
    EXPECT_EQ(format_target(*parse_target("git.example:53/udp")), "git.example:53/udp");
    EXPECT_FALSE(parse_listener("git.example:443"));
    for (const char* bad : {"10.1.2.3", "10.1.2.3:", "10.1.2.3:65536", "[git.example]:443", "*.example:443", "2001:db8::1:443",
                            "[2001:db8::1]", ":443", "10.1.2:443", "10.1.2.3:44x", ""}) {
        EXPECT_FALSE(parse_target(bad)) << bad;
    }
}

}  // namespace
}  // namespace remit::policy::testing
