// The attach globs of installed policies, as they come, change and go.
#include "session/globs.h"
#include "unit/session_folder.h"

namespace remit::session {
namespace {

class GlobsTest : public SessionFolder {
protected:
    void SetUp() override {
        SessionFolder::SetUp();
        for (const char* each : {"/policies", "/cgroups/system/remitd"}) std::filesystem::create_directories(folder_ + each);
    }
    void install(const std::string& name, const std::string& glob) {
        write(name, "name: \"" + name + "\"\nattach { cgroup: \"" + glob + "\" }\n");
    }
    void write(const std::string& name, const std::string& text) { put("/policies/" + name + ".textproto", text); }
    std::string path(const std::string& name) const { return folder_ + "/policies/" + name + ".textproto"; }
    std::string policy_of(const Globs& globs, const std::string& cgroup) const {
        const policy::Match match = globs.match(folder_ + "/cgroups" + cgroup);
        return match.kind == policy::Match::Kind::kBind ? match.glob->policy : "";
    }
    Globs globs() { return Globs(folder_ + "/policies", folder_ + "/cgroups", Guard(folder_ + "/cgroups", {"/system/remitd"})); }
};

TEST_F(GlobsTest, PoliciesComeChangeAndGo) {
    Globs all = globs();
    EXPECT_FALSE(*all.refresh());
    install("one", "/agents/one-*");
    EXPECT_TRUE(*all.refresh());
    EXPECT_FALSE(*all.refresh()) << "nothing has changed since";
    EXPECT_EQ(policy_of(all, "/agents/one-1"), "one");
    EXPECT_EQ(all.prefixes(), std::vector<std::string>{"/agents/one-"});
    EXPECT_EQ(all.match("/elsewhere/agents/one-1").kind, policy::Match::Kind::kNone);
    install("one", "/agents/first-*");
    EXPECT_TRUE(*all.refresh());
    EXPECT_EQ(policy_of(all, "/agents/one-1"), "");
    EXPECT_EQ(policy_of(all, "/agents/first-1"), "one");
    std::filesystem::remove(path("one"));
    EXPECT_TRUE(*all.refresh());
    EXPECT_TRUE(all.globs().empty());
}

TEST_F(GlobsTest, AHalfWrittenPolicyKeepsItsGlobs) {
    Globs all = globs();
    install("one", "/agents/*");
    ASSERT_TRUE(*all.refresh());
    write("one", "name: \"one\"\nattach { cgroup: \"/ag");
    EXPECT_TRUE(*all.refresh());
    EXPECT_EQ(policy_of(all, "/agents/x"), "one");
    ASSERT_EQ(all.problems().size(), 1u);
    EXPECT_NE(all.problems()[0].find("policy one"), std::string::npos);
    EXPECT_TRUE(all.complete());
    Globs later = globs();
    EXPECT_TRUE(*later.refresh());
    EXPECT_FALSE(later.complete()) << "who starts now does not know what its globs were";
}

TEST_F(GlobsTest, WhereTheDaemonLivesNothingIsBound) {
    Globs all = globs();
    install("one", "/system/*");
    EXPECT_TRUE(*all.refresh());
    EXPECT_TRUE(all.globs().empty());
    EXPECT_EQ(all.problems().size(), 1u);
    install("one", "/system/other/*");
    EXPECT_TRUE(*all.refresh());
    EXPECT_TRUE(all.problems().empty());
    EXPECT_EQ(policy_of(all, "/system/other/x"), "one");
}

TEST_F(GlobsTest, TwoOfOneDepthBindNothing) {
    Globs all = globs();
    install("one", "/agents/*-1");
    install("two", "/agents/x-*");
    EXPECT_TRUE(*all.refresh());
    EXPECT_EQ(all.problems().size(), 1u);
    EXPECT_EQ(policy_of(all, "/agents/x-1"), "");
    EXPECT_EQ(policy_of(all, "/agents/x-2"), "two");
}

}  // namespace
}  // namespace remit::session
