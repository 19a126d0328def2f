#include <gtest/gtest.h>

#include "policy/names.h"
#include "session/policies.h"

namespace remit::session {
namespace {

policy::Source source(const std::string& text) {
    policy::Source out;
    out.files.push_back({"p.textproto", text});
    return out;
}

TEST(CompilePolicy, GivesTablesAndPatterns) {
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded =
        compile(source("name: \"p\"\ntool { name: \"git\" program { path: \"/usr/bin/git\" } program { path: \"/usr/lib/git-core/**\" } }\n"
                       "grant { tool: \"git\" max_uses: 2 }\n"),
                diagnostics);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ((*loaded)->patterns, (std::vector<std::string>{"/usr/bin/git", "/usr/lib/git-core/**"}));
    ASSERT_EQ((*loaded)->tables.grants.size(), 1u);
    EXPECT_EQ((*loaded)->tables.grants[0].grant.max_uses, 2u);
    EXPECT_EQ((*loaded)->policy.identity.size(), 64u);
}

TEST(CompilePolicy, AllowsAPolicyOfNothing) {
    std::vector<policy::Diagnostic> diagnostics;
    EXPECT_TRUE(compile(source("name: \"canary\"\n"), diagnostics)) << "the canary of the daemon is one";
}

TEST(CompilePolicy, SaysWhatIsWrong) {
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = compile(source("name: \"p\"\ngrant { tool: \"nothing\" }\n"), diagnostics);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Code::kBadData);
    EXPECT_TRUE(policy::has_errors(diagnostics));
}

TEST(LoadedPolicyPaths, AreFoundByFile) {
    LoadedPolicy loaded;
    const remit_file file{1, 2, 3, 4, 5};
    loaded.programs.add(file, {"/usr/bin/git", "9f86"});
    loaded.sockets.add({7, 2, 3, 4, 5}, {"/run/x.sock", ""});
    EXPECT_EQ(loaded.path_of(file), "/usr/bin/git");
    EXPECT_EQ(loaded.sha256_of(file), "9f86");
    EXPECT_EQ(loaded.path_of({7, 2, 3, 4, 5}), "/run/x.sock");
    EXPECT_EQ(loaded.path_of({1, 2, 3, 4, 6}), "");
    EXPECT_EQ(loaded.sha256_of({1, 2, 3, 4, 6}), "");
}

TEST(KnownFiles, TheOldestGoes) {
    KnownFiles files(2);
    const remit_file first{1, 0, 0, 0, 0};
    const remit_file second{2, 0, 0, 0, 0};
    const remit_file third{3, 0, 0, 0, 0};
    EXPECT_FALSE(files.add(first, {"/1", ""}));
    EXPECT_FALSE(files.add(second, {"/2", ""}));
    EXPECT_FALSE(files.add(first, {"/one", ""})) << "known already: nothing has to go";
    EXPECT_EQ(files.find(first)->path, "/one");
    auto out = files.add(third, {"/3", ""});
    ASSERT_TRUE(out);
    EXPECT_EQ(out->ino, 1u);
    EXPECT_EQ(files.find(first), nullptr);
    EXPECT_EQ(files.size(), 2u);
}

}  // namespace
}  // namespace remit::session
