// Imports: their order, their errors, and the identity over all files.
#include "unit/policy_cases.h"

namespace remit::policy::testing {
namespace {

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
