// Errors of the text: each with the place at which it must be said; damaged texts; the whole language of POLICY.md.
#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "policy/tables.h"
#include "unit/policy_cases.h"

namespace remit::policy::testing {
namespace {

std::string data(const std::string& name) {
    std::ifstream file(std::string(REMIT_SOURCE_DIR) + "/tests/unit/data/policy/" + name);
    EXPECT_TRUE(file) << name;
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

class PolicyError : public ::testing::TestWithParam<Case> {};

TEST_P(PolicyError, IsSaidAtItsPlaceAndAlone) {
    expect_errors(GetParam());
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

const Case kUnsupportedCases[] = {
    {"StepChild", "name: \"p\"\nchild {}\nexample { name: \"e\" step { §child: \"a\" } }\n", {"not-supported"}},
    {"StepChildOfNone", "name: \"p\"\nexample { name: \"e\" step { §child: \"p\" } }\n", {"bad-step"}},
};

const Case kAttachCases[] = {
    {"NothingToAttach", "name: \"p\"\n§attach { }\n", {"bad-attach"}},
    {"NoAbsolutePath", "name: \"p\"\nattach { §cgroup: \"agents.slice/*\" }\n", {"bad-attach"}},
    {"EveryDepth", "name: \"p\"\nattach { §cgroup: \"/agents.slice/**\" }\n", {"bad-attach"}},
    {"TheRoot", "name: \"p\"\nattach { §cgroup: \"/\" }\n", {"bad-attach"}},
    {"RightBelowTheRoot", "name: \"p\"\nattach { §cgroup: \"/agents-*\" }\n", {"bad-attach"}},
    {"Twice", "name: \"p\"\nattach { cgroup: \"/a/*\" }\nattach { §cgroup: \"/a/*\" }\n", {"duplicate-attach"}},
};

INSTANTIATE_TEST_SUITE_P(Attach, PolicyError, ::testing::ValuesIn(kAttachCases), [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Parse, PolicyError, ::testing::ValuesIn(kParseCases), [](const auto& info) { return info.param.name; });
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

// The example of POLICY.md, unabridged, with its examples.
TEST(PolicyErrors, TheWholeLanguageParses) {
    const std::string text = data("whole_language.textproto");
    const Checked checked = check(source_of(text, {{"tools/shell.textproto", data("tools/shell.textproto")}}));
    ASSERT_TRUE(checked.policy) << all_text(checked.diagnostics);
    ASSERT_EQ(checked.policy->children.size(), 1U);
    EXPECT_EQ(checked.policy->children[0].policy, "reviewer");
}

// What is passed on is compiled, and whose sessions may lie below, and how deep.
TEST(PolicyErrors, ChildrenAndWhatIsPassedOnToThem) {
    const std::string head =
        "name: \"p\"\ntool { name: \"a\" program { path: \"/bin/a\" } }\ntool { name: \"b\" program { path: \"/bin/b\" } }\n";
    const Checked checked =
        check(source_of(head + "grant { tool: \"a\" delegable: true }\ngrant { tool: \"b\" delegable: true max_uses: 2 }\n"
                               "child { policy: \"q\" depth: 3 }\nchild {}\n"));
    ASSERT_TRUE(checked.policy) << all_text(checked.diagnostics);
    ASSERT_EQ(checked.policy->children.size(), 2U);
    EXPECT_EQ(checked.policy->children[0].policy, "q");
    EXPECT_EQ(checked.policy->children[0].depth, 3U);
    EXPECT_EQ(checked.policy->children[1].policy, "");
    EXPECT_EQ(checked.policy->children[1].depth, 1U);
    const auto tables = compile(*checked.policy);
    ASSERT_TRUE(tables.has_value());
    EXPECT_EQ(tables->head.delegable[0], 1U);
    ASSERT_EQ(tables->grants.size(), 1U);
    EXPECT_EQ(tables->grants[0].grant.flags, REMIT_GRANT_DELEGABLE);
    const auto error_of = [&](const std::string& child) { return summary(check(source_of(head + child)).diagnostics, Severity::kError); };
    EXPECT_EQ(error_of("child { depth: 8 }\n"), std::vector<std::string>{"4:1 bad-depth"});
    EXPECT_EQ(error_of("child { depth: 0 }\n"), std::vector<std::string>{"4:1 bad-depth"});
    EXPECT_EQ(error_of("grant { tool: \"a\" delegable: true approval { wait: \"1m\" scope: ONCE } }\n"),
              std::vector<std::string>{"4:19 not-supported"});
}

}  // namespace
}  // namespace remit::policy::testing
