// Every error and warning of check, each with the place at which it must be said; the whole language of POLICY.md.
#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

std::string data(const std::string& name) {
    std::ifstream file(std::string(REMIT_SOURCE_DIR) + "/tests/unit/data/policy/" + name);
    EXPECT_TRUE(file) << name;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Case {
    const char* name;
    const char* text;  // a § at each expected place
    std::vector<const char*> codes;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

#define REMIT_TOOL(name) "tool { name: \"" name "\" endpoint { host: \"2001:db8::1\" port: \"443\" } }\n"

class PolicyError : public ::testing::TestWithParam<Case> {};

TEST_P(PolicyError, IsSaidAtItsPlaceAndAlone) {
    const Marked marked = take_marks(GetParam().text);
    const Checked checked = check(source_of(marked.text));
    std::vector<std::string> expected;
    ASSERT_EQ(marked.places.size(), GetParam().codes.size());
    for (size_t i = 0; i < marked.places.size(); i++)
        expected.push_back(std::to_string(marked.places[i].first) + ":" + std::to_string(marked.places[i].second) + " " +
                           GetParam().codes[i]);
    EXPECT_EQ(summary(checked.diagnostics, Severity::kError), expected) << all_text(checked.diagnostics);
    EXPECT_FALSE(checked.policy);
    EXPECT_FALSE(checked.tables);
}

const Case kParseCases[] = {
    {"UnknownField", "name: \"p\"\n§lifetme: \"8h\"\n", {"unknown-field"}},
    {"UnknownFieldInside", "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/bin/a\" §pth: \"x\" } }\n", {"unknown-field"}},
    {"UnknownMessage", "name: \"p\"\n§tol { name: \"a\" }\n", {"unknown-field"}},
    {"UnknownFieldAtTheEnd", "name: \"p\"\ntool { name: \"a\" program { path: \"/a\" §x } }\n", {"unknown-field"}},
    {"WrongTypeString", "name: \"p\"\n§version: 7\n", {"wrong-type"}},
    {"WrongTypeBool", "name: \"p\"\n  §degrade: maybe\nversion: \"1\"\n", {"wrong-type"}},
    {"WrongTypeNumber", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §max_uses: \"two\" }\n", {"wrong-type"}},
    {"NegativeNumber", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §max_uses: -1 }\n", {"wrong-type"}},
    {"NumberTooLarge", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §max_uses: 5000000000 }\n", {"wrong-type"}},
    {"UnknownEnum", "name: \"p\"\n§mode: STRICT\nversion: \"1\"\n", {"wrong-type"}},
    {"UnknownEnumBeforeItsTwin", "name: \"p\"\n§mode: STRICT mode: AUDIT\n", {"wrong-type"}},
    {"UnknownEnumAtTheEnd", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { §scope: EVER } }\n", {"wrong-type"}},
    {"PendingIsNoOtherwise", "name: \"p\"\n§otherwise: PENDING\n", {"wrong-type"}},
    {"MessageWanted", "name: \"p\"\n§tool: \"a\"\nversion: \"1\"\n", {"wrong-type"}},
    {"WrittenTwice", "name: \"p\"\nversion: \"1\"\n§version: \"2\"\n", {"duplicate-field"}},
    {"NoColon", "name: \"p\"\n§version \"1\"\nabout: \"x\"\n", {"syntax"}},
    {"NoValue", "name: \"p\"\n§version:\nabout: \"x\"\n", {"wrong-type"}},
    {"NoValueAtTheEnd", "name: \"p\"\n§version:", {"wrong-type"}},
    {"StrayBracket", "name: \"p\"\n" REMIT_TOOL("a") "§}\n" REMIT_TOOL("b"), {"syntax"}},
    {"StrayByte", "name: \"p\"\nversion: \"1\" §\x01 about: \"x\"\n", {"syntax"}},
    {"StringNotClosed", "name: \"p\"\n§version: \"1\nabout: \"x\"\n", {"syntax"}},
    {"NotClosedAtTheEnd", "name: \"p\"\n" REMIT_TOOL("b") "§tool { name: \"a\"", {"syntax"}},
    {"NotClosedBeforeTheNext", "name: \"p\"\n§tool { name: \"a\"\n" REMIT_TOOL("b") "grant { tool: \"b\" }\n", {"syntax"}},
    {"TabsAreOneColumn", "name: \"p\"\n\t\t§lifetme: \"8h\"\n", {"unknown-field"}},
    {"TabsInTheMiddle", "name: \"p\"\n" REMIT_TOOL("a") "\tgrant\t{\ttool: \"a\"\t§uses: 1\t}\n", {"unknown-field"}},
    {"ColumnsAreBytes", "name: \"p\" about: \"é…\" §lifetme: \"8h\"\n", {"unknown-field"}},
    {"SeveralAtOnce",
     "name: \"p\"\n§lifetme: \"8h\"\n§mode: STRICT\ntool { name: \"a\" §nothing: 1 }\n" REMIT_TOOL("b") "grant { §tool: \"c\" }\n",
     {"unknown-field", "wrong-type", "unknown-field", "unknown-tool"}},
};

const Case kToolCases[] = {
    {"PolicyWithoutName", "§version: \"1\"\n", {"missing-name"}},
    {"ToolWithoutName", "name: \"p\"\n§tool { program { path: \"/usr/bin/a\" } }\n", {"missing-name"}},
    {"ExampleWithoutName", "name: \"p\"\n§example { }\n", {"missing-name"}},
    {"BadPolicyName", "§name: \"a b\"\n", {"bad-name"}},
    {"BadToolName", "name: \"p\"\ntool { §name: \"-x\" program { path: \"/usr/bin/a\" } }\n", {"bad-name"}},
    {"BadLabel", "name: \"p\"\ntool { name: \"a\" §label: \"\" program { path: \"/usr/bin/a\" } }\n", {"bad-name"}},
    {"DuplicateTool", "name: \"p\"\n" REMIT_TOOL("a") "tool { §name: \"a\" program { path: \"/usr/bin/a\" } }\n", {"duplicate-name"}},
    {"LabelLikeATool",
     "name: \"p\"\n" REMIT_TOOL("a") "tool { name: \"b\" §label: \"a\" program { path: \"/usr/bin/a\" } }\n",
     {"duplicate-name"}},
    {"BadAbout", "name: \"p\"\n§about: \"a\\nb\"\n", {"bad-text"}},
    {"BadToolAbout", "name: \"p\"\ntool { name: \"a\" §about: \"\\xff\" program { path: \"/usr/bin/a\" } }\n", {"bad-text"}},
    {"BadReason", "name: \"p\"\n" REMIT_TOOL("a") "deny { tool: \"a\" §reason: \"\\033[2J\" }\n", {"bad-text"}},
    {"BadExampleName", "name: \"p\"\nexample { §name: \"\\r\" }\n", {"bad-text"}},
    {"PathWithControl", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/\\n\" } }\n", {"bad-path"}},
    {"CoversNothing", "name: \"p\"\n§tool { name: \"a\" }\n", {"empty-tool"}},
    {"HostBits", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.20.0.1/16\" } }\n", {"bad-cidr"}},
    {"NoPrefixLength", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.20.0.1\" } }\n", {"bad-cidr"}},
    {"PrefixTooLong", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.20.0.0/33\" } }\n", {"bad-cidr"}},
    {"CidrOfAName", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"example/8\" } }\n", {"bad-cidr"}},
    {"Ipv4InIpv6", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"::ffff:10.0.0.0/104\" } }\n", {"bad-cidr"}},
    {"PortZero", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" §port: \"0\" } }\n", {"bad-port"}},
    {"PortTooLarge", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" port: \"1\" §port: \"65536\" } }\n", {"bad-port"}},
    {"PortName", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" §port: \"https\" } }\n", {"bad-port"}},
    {"PortsBackwards", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" §port: \"90-80\" } }\n", {"bad-port"}},
    {"BadHost", "name: \"p\"\ntool { name: \"a\" endpoint { §host: \"10.1.2\" } }\n", {"bad-host"}},
    {"WildcardInside", "name: \"p\"\ntool { name: \"a\" endpoint { §host: \"a.*.example\" } }\n", {"bad-host"}},
    {"HostAndCidr", "name: \"p\"\ntool { name: \"a\" endpoint { host: \"2001:db8::1\" §cidr: \"2001:db8::/32\" } }\n", {"two-addresses"}},
    {"NoAddress", "name: \"p\"\ntool { name: \"a\" §endpoint { port: \"443\" } }\n", {"missing-field"}},
    {"ProgramWithoutPath", "name: \"p\"\ntool { name: \"a\" §program { } }\n", {"missing-field"}},
    {"RelativePath", "name: \"p\"\ntool { name: \"a\" program { §path: \"bin/a\" } }\n", {"bad-path"}},
    {"PathNotPlain", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/../bin/a\" } }\n", {"bad-path"}},
    {"StarsInTheMiddle", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/**/a\" } }\n", {"bad-path"}},
    {"BadSha256", "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/bin/a\" §sha256: \"12\" } }\n", {"bad-sha256"}},
    {"ImportAbsolute", "name: \"p\"\n§import: \"/etc/x.textproto\"\n", {"bad-import"}},
    {"ImportMissing", "name: \"p\"\n§import: \"x.textproto\"\n", {"bad-import"}},
    {"ImportOfItself", "name: \"p\"\n§import: \"p.textproto\"\n", {"import-cycle"}},
    {"BadLifetime", "name: \"p\"\n§lifetime: \"8 hours\"\n", {"bad-duration"}},
    {"LifetimeOfNothing", "name: \"p\"\n§lifetime: \"0s\"\n", {"bad-duration"}},
};

const Case kRuleCases[] = {
    {"GrantOfNothing", "name: \"p\"\n§grant { }\n", {"missing-field"}},
    {"GrantOfUnknown", "name: \"p\"\n" REMIT_TOOL("repo") "grant { §tool: \"rpeo\" }\n", {"unknown-tool"}},
    {"BadFrom", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §from: \"soon\" }\n", {"bad-duration"}},
    {"BadUntil", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §until: \"\" }\n", {"bad-duration"}},
    {"EndsBeforeItBegins", "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" from: \"2m\" §until: \"1m\" }\n", {"never-holds"}},
    {"BeginsAfterTheEnd", "name: \"p\"\nlifetime: \"1h\"\n" REMIT_TOOL("a") "grant { tool: \"a\" §from: \"1h\" }\n", {"never-holds"}},
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

const Case kUnsupportedCases[] = {
    {"Learn", "name: \"p\"\n§mode: LEARN\n", {"not-supported"}},
    {"Degrade", "name: \"p\"\n§degrade: true\n", {"not-supported"}},
    {"StrictCode", "name: \"p\"\n§strict_code: true\n", {"not-supported"}},
    {"UserNamespaces", "name: \"p\"\n§user_namespaces: true\n", {"not-supported"}},
    {"SelfApprove", "name: \"p\"\n§self_approve: true\n", {"not-supported"}},
    {"UnixAny", "name: \"p\"\n§unix: ANY\n", {"not-supported"}},
    {"Timed",
     "name: \"p\"\n" REMIT_TOOL("a") "grant { tool: \"a\" approval { §scope: TIMED §lasts: \"15m\" } }\n",
     {"not-supported", "not-supported"}},
    {"StepListen", "name: \"p\"\nexample { name: \"e\" step { §listen: \"0.0.0.0:80\" verdict: DENY } }\n", {"not-supported"}},
    {"StepGrant", "name: \"p\"\nexample { name: \"e\" step { §grant: \"a\" } }\n", {"not-supported"}},
};

INSTANTIATE_TEST_SUITE_P(Parse, PolicyError, ::testing::ValuesIn(kParseCases), [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Tools, PolicyError, ::testing::ValuesIn(kToolCases), [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Rules, PolicyError, ::testing::ValuesIn(kRuleCases), [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Unsupported, PolicyError, ::testing::ValuesIn(kUnsupportedCases),
                         [](const auto& info) { return info.param.name; });

TEST(PolicyErrors, HintsNameTheRemedy) {
    const auto hint = [](const std::string& text) { return check(source_of(text)).diagnostics.at(0).hint; };
    EXPECT_EQ(hint("name: \"p\"\nlifetme: \"8h\""), "did you mean \"lifetime\"?");
    EXPECT_EQ(hint("name: \"p\"\nmode: ENFORC"), "one of ENFORCE, AUDIT, LEARN");
    EXPECT_EQ(hint("name: \"p\"\n" REMIT_TOOL("repo") "grant { tool: \"rpo\" }"), "did you mean \"repo\"?");
    EXPECT_EQ(hint("name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"10.20.0.1/16\" } }"), "did you mean \"10.20.0.0/16\"?");
}

TEST(PolicyErrors, ShownWithFilePosition) {
    Source source = source_of("name: \"p\"\n  modee: AUDIT\n");
    source.folder = "policies/";
    EXPECT_EQ(to_text(check(source).diagnostics.at(0)),
              "policies/p.textproto:2:3: unknown-field: a policy has no field \"modee\"\n    did you mean \"mode\"?");
}

TEST(PolicyErrors, TextOfTheAuthorCannotForgeLines) {
    const Checked checked = check(source_of("name: \"p\"\ntool { name: \"a\\n\\033[31mx\" program { path: \"/usr/bin/a\" } }\n"));
    EXPECT_EQ(to_text(checked.diagnostics.at(0)).find('\x1b'), std::string::npos);
}

TEST(PolicyErrors, AtMostTwentyParseErrorsAndThenAnEnd) {
    std::string text = "name: \"p\"\n";
    for (int i = 0; i < 30; i++) text += "wrong" + std::to_string(i) + ": 1\n";
    const Checked checked = check(source_of(text));
    ASSERT_EQ(checked.diagnostics.size(), 21u);
    EXPECT_EQ(checked.diagnostics.back().code, "too-many-errors");
    EXPECT_EQ(checked.diagnostics.back().position.line, 22u);
}

TEST(PolicyErrors, NestingWithoutEndIsAnErrorAndNoCrash) {
    EXPECT_FALSE(check(source_of("tool" + std::string(200000, '{'))).policy);
    EXPECT_FALSE(check(source_of("tool: " + std::string(200000, '['))).policy);
    EXPECT_FALSE(check(source_of(std::string("\0\0\0", 3))).policy);
    EXPECT_FALSE(check(Source{}).policy);
}

// Whatever people type or tools send: an answer, and soon.
TEST(PolicyErrors, DamagedTextIsAlwaysAnswered) {
    std::mt19937 random(1);
    const std::string whole = data("whole_language.textproto");
    static constexpr std::string_view kBytes = "{}[]<>:;,\"'#-\n\t\\ a1\x01\xff";
    for (int round = 0; round < 300; round++) {
        std::string text = whole;
        for (unsigned edits = 1 + random() % 4; edits > 0; edits--) {
            const size_t at = random() % text.size();
            const char byte = kBytes[random() % kBytes.size()];
            if (random() % 3 == 0)
                text.erase(at, 1 + random() % 30);
            else if (random() % 2)
                text.insert(at, 1, byte);
            else
                text[at] = byte;
        }
        const Checked checked = check(source_of(text));
        ASSERT_FALSE(checked.policy);
        for (const Diagnostic& d : checked.diagnostics) ASSERT_GE(d.position.line, 1u) << to_text(d);
    }
}

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
    const auto errors = [](const std::string& text) { return summary(check(source_of(text)).diagnostics, Severity::kError); };
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
        return summary(check(source_of(text)).diagnostics, Severity::kError);
    };
    for (const char* object : {"endpoint { cidr: \"2001:db8::/32\" }", "program { path: \"/opt/x*\" }", "program { path: \"/opt/x\" }"}) {
        EXPECT_EQ(errors(object, -1), std::vector<std::string>{"10:1 too-many-tied"});
        EXPECT_EQ(errors(object, 8), std::vector<std::string>{"10:1 too-many-tied"});
        EXPECT_EQ(errors(object, 7), std::vector<std::string>{});
    }
}

struct WarningCase {
    const char* name;
    const char* text;
    std::vector<const char*> codes;
};

void PrintTo(const WarningCase& c, std::ostream* out) {
    *out << c.name;
}

class PolicyWarning : public ::testing::TestWithParam<WarningCase> {};

TEST_P(PolicyWarning, IsSaidAtItsPlaceAndThePolicyStands) {
    const Marked marked = take_marks(GetParam().text);
    const auto probe = [](const std::string& path) {
        if (path == "/usr/bin/absent") return ProgramState::kMissing;
        return path == "/usr/bin/open" ? ProgramState::kWritableByOthers : ProgramState::kFine;
    };
    const Checked checked = check(source_of(marked.text), probe);
    std::vector<std::string> expected;
    for (size_t i = 0; i < marked.places.size(); i++)
        expected.push_back(std::to_string(marked.places[i].first) + ":" + std::to_string(marked.places[i].second) + " " +
                           GetParam().codes[i]);
    EXPECT_EQ(summary(checked.diagnostics, Severity::kWarning), expected) << all_text(checked.diagnostics);
    EXPECT_TRUE(checked.policy) << all_text(checked.diagnostics);
}

const WarningCase kWarningCases[] = {
    {"Ipv4Only", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.0.0.0/8\" } endpoint { host: \"10.0.0.1\" } }\n", {"ipv4-only"}},
    {"BothFamilies", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"10.0.0.0/8\" } endpoint { cidr: \"fd00::/8\" } }\n", {}},
    {"OtherwiseAllow", "name: \"p\"\n§otherwise: ALLOW\n", {"otherwise-allow"}},
    {"Shell",
     "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/bin/git\" } program { §path: \"/usr/bin/bash\" } }\n",
     {"interpreter"}},
    {"Version", "name: \"p\"\ntool { name: \"a\" program { §path: \"/opt/py/bin/python3.12\" } }\n", {"interpreter"}},
    {"Folder", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/*\" } }\n", {"interpreter"}},
    {"Below", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/**\" } }\n", {"interpreter"}},
    {"Glob", "name: \"p\"\ntool { name: \"a\" program { §path: \"/opt/bin/python3*\" } }\n", {"interpreter"}},
    {"NoInterpreter", "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/lib/git-core/**\" } }\n", {}},
    {"Missing", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/absent\" } }\n", {"missing-program"}},
    {"Writable", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/open\" } }\n", {"writable-program"}},
    {"WaitsForUngranted", "name: \"p\"\n" REMIT_TOOL("a") REMIT_TOOL("b") "grant { tool: \"a\" §only_after: \"b\" }\n", {"never-seen"}},
};

INSTANTIATE_TEST_SUITE_P(All, PolicyWarning, ::testing::ValuesIn(kWarningCases), [](const auto& info) { return info.param.name; });

// The example of POLICY.md, unabridged: it parses, and all that is said of it is what this step does not enforce yet.
TEST(PolicyErrors, TheWholeLanguageParses) {
    const std::string text = data("whole_language.textproto");
    const Checked checked = check(source_of(text, {{"tools/shell.textproto", data("tools/shell.textproto")}}));
    static const std::vector<const char*> kNotYet = {
        "host: \"git.corp", "host: \"*.docs", "host: \"tickets", "sha256:",     "host: \"deploy", "unix_path", "peer_program",
        "listen {",         "writable:",      "anonymous:",      "loader:",     "set_id:",        "socket {",  "host: \"export.corp",
        "delegable:",       "rate {",         "scope: ONCE",     "by: \"group", "cut:",           "child  {",  "attach {",
    };
    std::vector<std::string> expected;
    const auto expect_at = [&](size_t at) {
        const size_t line_start = text.rfind('\n', at) + 1;
        const auto line = std::count(text.begin(), text.begin() + static_cast<long>(at), '\n') + 1;
        expected.push_back(std::to_string(line) + ":" + std::to_string(at - line_start + 1) + " not-supported");
    };
    size_t at = 0;
    for (const char* needle : kNotYet) {
        at = text.find(needle, at);
        ASSERT_NE(at, std::string::npos) << needle;
        expect_at(at);
    }
    for (at = text.find("connect: \"", at); at != std::string::npos; at = text.find("connect: \"", at + 1)) expect_at(at);
    EXPECT_EQ(summary(checked.diagnostics, Severity::kError), expected) << all_text(checked.diagnostics);
}

TEST(PolicyImports, ToolsOfImportsComeBehindInTheirOrder) {
    const Checked checked = good("name: \"p\"\nimport: \"b/b.textproto\"\nimport: \"c.textproto\"\n" REMIT_TOOL("main"),
                                 {{"b/b.textproto", "import: \"d.textproto\"\n" REMIT_TOOL("b")},
                                  {"b/d.textproto", "import: \"../c.textproto\"\n" REMIT_TOOL("d")},
                                  {"c.textproto", REMIT_TOOL("c")}});
    std::vector<std::string> names;
    for (const Tool& tool : checked.policy->tools) names.push_back(tool.name);
    EXPECT_EQ(names, (std::vector<std::string>{"main", "b", "d", "c"}));
}

TEST(PolicyImports, CyclesToolsOnlyAndStrangersAreErrorsInTheirFile) {
    const Checked checked =
        check(source_of("name: \"p\"\nimport: \"a.textproto\"\n", {{"a.textproto", "import: \"b.textproto\"\n" REMIT_TOOL("a")},
                                                                   {"b.textproto", "  import: \"a.textproto\"\nmode: AUDIT\n"},
                                                                   {"stranger.textproto", REMIT_TOOL("s")}}));
    std::vector<std::string> said;
    for (const Diagnostic& d : checked.diagnostics)
        said.push_back(d.file + ":" + std::to_string(d.position.line) + ":" + std::to_string(d.position.column) + " " + d.code);
    EXPECT_EQ(said, (std::vector<std::string>{"b.textproto:1:3 import-cycle", "b.textproto:2:1 tools-only",
                                              "stranger.textproto:1:1 bad-import"}));
}

TEST(PolicyImports, ReadDepthFirstAndUnreadableOnesAreSaidWhereTheyAreImported) {
    const auto reader = [](const std::string& path) -> Result<std::string> {
        if (path == "x/p.textproto") return std::string("name: \"p\"\nimport: \"t/a.textproto\"\nimport: \"gone.textproto\"\n");
        if (path == "x/t/a.textproto") return std::string("import: \"b.textproto\"\n" REMIT_TOOL("a"));
        if (path == "x/t/b.textproto") return std::string(REMIT_TOOL("b"));
        return Error{Code::kMissing, "no such file", ""};
    };
    Result<Source> source = read_source("x/p.textproto", reader);
    ASSERT_TRUE(source);
    ASSERT_EQ(source->files.size(), 3u);
    EXPECT_EQ(source->files[0].name, "p.textproto");
    EXPECT_EQ(source->files[1].name, "t/a.textproto");
    EXPECT_EQ(source->files[2].name, "t/b.textproto");
    EXPECT_EQ(to_text(check(*source).diagnostics.at(0)).substr(0, 80),
              "x/p.textproto:3:1: bad-import: \"gone.textproto\" cannot be read: no such file\n   ");
    EXPECT_FALSE(read_source("y/p.textproto", reader));
}

TEST(PolicyImports, NamesOfFilesAreShownInRecords) {
    Source source = source_of("name: \"p\"\n");
    source.files[0].name = "p\n.textproto";
    EXPECT_EQ(summary(check(source).diagnostics, Severity::kError), std::vector<std::string>{"1:1 bad-import"});
}

TEST(PolicyImports, IdentityIsOverNamesAndLengths) {
    const std::string one = identity(source_of("name: \"p\"\n", {{"a", "bc"}}));
    EXPECT_EQ(one.size(), 64u);
    EXPECT_EQ(one, identity(source_of("name: \"p\"\n", {{"a", "bc"}})));
    EXPECT_NE(one, identity(source_of("name: \"p\"\n", {{"ab", "c"}})));
    EXPECT_NE(one, identity(source_of("name: \"p\"\n", {{"a", "bc\n"}})));
}

}  // namespace
}  // namespace remit::policy::testing
