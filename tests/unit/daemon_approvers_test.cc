#include <grp.h>
#include <gtest/gtest.h>

#include "daemon/approvers.h"
#include "session/policies.h"

namespace remit::daemon {
namespace {

class Approvers : public testing::Test {
protected:
    void SetUp() override {
        session_.policy = std::make_shared<session::LoadedPolicy>();
        session_.starter.uid = 1000;
    }
    bool may(uid_t uid, const std::string& by = "", std::vector<gid_t> gids = {}) {
        return may_approve(session_, by, {.uid = uid, .gids = std::move(gids), .exec_id = {}, .via = {}}).has_value();
    }
    session::Session session_;
};

TEST_F(Approvers, WhoStartedTheSessionMayNot) {
    EXPECT_FALSE(may(1000));
    EXPECT_TRUE(may(1001));
    session_.policy->policy.self_approve = true;
    EXPECT_TRUE(may(1000));
}

TEST_F(Approvers, RootAlwaysMay) {
    session_.starter.uid = 0;
    EXPECT_TRUE(may(0));
    EXPECT_TRUE(may(0, "group:no-such-group"));
}

TEST_F(Approvers, OnlyWhoIsNamed) {
    const group* first = getgrgid(1);  // some group that every host has
    ASSERT_TRUE(first);
    const std::string by = std::string("group:") + first->gr_name;
    EXPECT_TRUE(may(1001, by, {1001, 1}));
    EXPECT_FALSE(may(1001, by, {1001}));
    EXPECT_FALSE(may(1000, by, {1})) << "the starter, although of the group";
    EXPECT_FALSE(may(1001, "group:no-such-group", {1}));
    EXPECT_TRUE(may(1, "user:daemon"));
    EXPECT_FALSE(may(2, "user:daemon"));
}

}  // namespace
}  // namespace remit::daemon
