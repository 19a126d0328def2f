#include "session/installed.h"
#include "unit/session_folder.h"

namespace remit::session {
namespace {

class InstalledTest : public SessionFolder {
protected:
    std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    policy::Source source(const std::string& text, const std::string& tools) {
        policy::Source out;
        out.files = {{"p.textproto", text}, {"tools/t.textproto", tools}};
        return out;
    }
};

TEST_F(InstalledTest, NamesAreNoPaths) {
    for (const char* name : {"", "../p", ".p", "a/b", "p q"}) EXPECT_EQ(find_installed(folder_, name).error().code, Code::kUsage) << name;
    EXPECT_EQ(find_installed(folder_, "p").error().code, Code::kMissing);
}

TEST_F(InstalledTest, WhatIsShippedStandsInForWhatNobodyInstalled) {
    put("/shipped/p.textproto", "shipped");
    const std::string shipped = folder_ + "/shipped";
    EXPECT_EQ(*find_installed(folder_, "p", shipped), shipped + "/p.textproto");
    EXPECT_EQ(*list_installed(folder_), std::vector<std::string>{});
    ASSERT_EQ(::symlink("by-hash/none", (folder_ + "/p.textproto").c_str()), 0);
    EXPECT_EQ(find_installed(folder_, "p", shipped).error().code, Code::kMissing) << "the installed one is broken";
    ASSERT_EQ(::unlink((folder_ + "/p.textproto").c_str()), 0);
    put("/p.textproto", "installed");
    EXPECT_EQ(*find_installed(folder_, "p", shipped), folder_ + "/p.textproto");
}

TEST_F(InstalledTest, ChangesAtOnceWithItsImportsAndKeepsWhatWasThere) {
    put("/p.textproto", "old");
    auto plain = find_installed(folder_, "p");
    ASSERT_TRUE(plain);
    EXPECT_EQ(*plain, folder_ + "/p.textproto");

    const policy::Source first = source("import: \"tools/t.textproto\"\n", "# 1\n");
    auto installed = install(folder_, "p", first);
    ASSERT_TRUE(installed) << installed.error().message;
    EXPECT_EQ(installed->replaced.size(), 64u);
    EXPECT_EQ(read(folder_ + "/by-hash/" + installed->replaced + "/p.textproto"), "old");
    const std::string at = *find_installed(folder_, "p");
    EXPECT_EQ(at, folder_ + "/by-hash/" + policy::identity(first) + "/p.textproto");

    const policy::Source second = source("import: \"tools/t.textproto\"\n", "# 2\n");
    installed = install(folder_, "p", second);
    ASSERT_TRUE(installed) << installed.error().message;
    EXPECT_EQ(installed->replaced, policy::identity(first));
    EXPECT_EQ(read(at.substr(0, at.rfind('/')) + "/tools/t.textproto"), "# 1\n") << "who reads the old one still reads all of it";
    const std::string now = *find_installed(folder_, "p");
    EXPECT_EQ(read(now.substr(0, now.rfind('/')) + "/tools/t.textproto"), "# 2\n");
    EXPECT_EQ(*list_installed(folder_), std::vector<std::string>{"p"});
}

TEST_F(InstalledTest, RepairsWhatIsKeptAndRefusesWhatLiesOutside) {
    const policy::Source it = source("name: \"p\"\n", "# 1\n");
    ASSERT_TRUE(install(folder_, "p", it));
    put("/by-hash/" + policy::identity(it) + "/tools/t.textproto", "altered by hand");
    ASSERT_TRUE(install(folder_, "q", it));
    EXPECT_EQ(read(folder_ + "/by-hash/" + policy::identity(it) + "/tools/t.textproto"), "# 1\n");

    policy::Source outside = it;
    outside.files[1].name = "../t.textproto";
    EXPECT_EQ(install(folder_, "r", outside).error().code, Code::kBadData);
    EXPECT_EQ(find_installed(folder_, "r").error().code, Code::kMissing);
}

}  // namespace
}  // namespace remit::session
