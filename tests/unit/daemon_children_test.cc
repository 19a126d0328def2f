#include <gtest/gtest.h>

#include "daemon/children.h"
#include "policy/tables.h"

namespace remit::daemon {
namespace {

using session::Session;

// A line of sessions, the topmost first.
class ChildrenOf : public testing::Test {
protected:
    Session& add(const Session* parent, const std::string& policy, std::vector<policy::Child> children) {
        auto session = std::make_unique<Session>();
        const std::string number = std::to_string(++count_);
        session->id = "019ab53e-5b86-7a4f-8c11-" + std::string(12 - number.size(), '0') + number;
        session->kernel_id = static_cast<uint64_t>(count_);
        session->slot = *registry.take_slot();
        session->policy = named(policy);
        session->policy->policy.children = std::move(children);
        if (parent) {
            session->parent = parent->kernel_id;
            session->lineage = parent->lineage;
            session->lineage.push_back(parent->id);
        }
        return registry.add(std::move(session));
    }
    static std::shared_ptr<session::LoadedPolicy> named(const std::string& name) {
        auto loaded = std::make_shared<session::LoadedPolicy>();
        loaded->policy.name = name;
        return loaded;
    }
    std::string refusal(Session& parent, const std::string& policy, bool brought = false) {
        const auto may = children.may_start(parent, *named(policy), brought);
        return may ? "" : may.error().message;
    }

    session::Registry registry;
    Children children{registry};

private:
    int count_ = 0;
};

TEST_F(ChildrenOf, AreOfThePoliciesThatTheOneAboveNames) {
    EXPECT_EQ(refusal(add(nullptr, "none", {}), "none"), "policy none has no child: its sessions start none");
    Session& named_only = add(nullptr, "coding", {{.policy = "reviewer"}});
    EXPECT_EQ(refusal(named_only, "reviewer"), "");
    EXPECT_EQ(refusal(named_only, "coding"), "policy coding has no child of policy coding");
    EXPECT_EQ(refusal(named_only, "reviewer", true), "policy coding means the installed policy reviewer, and this is another");
    Session& any = add(nullptr, "open", {{}});
    EXPECT_EQ(refusal(any, "whatever", true), "");
}

TEST_F(ChildrenOf, LieNoDeeperThanEachOfTheLineSays) {
    Session& top = add(nullptr, "coding", {{.policy = {}, .depth = 2}});
    Session& middle = add(&top, "coding", {{.policy = {}, .depth = 7}});
    EXPECT_EQ(refusal(middle, "coding"), "");
    Session& bottom = add(&middle, "coding", {{.policy = {}, .depth = 7}});
    EXPECT_EQ(refusal(bottom, "coding"), "policy coding lets sessions lie 2 deep");
}

TEST_F(ChildrenOf, AreSoManyInALine) {
    Session& top = add(nullptr, "coding", {{.policy = {}, .depth = 3}});
    Session& middle = add(&top, "coding", {{.policy = {}, .depth = 3}});
    std::vector<Session*> below;
    for (size_t i = 1; i < Children::kMaxBelow; i++) below.push_back(&add(&middle, "coding", {}));
    EXPECT_EQ(refusal(middle, "coding"), "64 sessions lie below " + top.id + " already");
    EXPECT_EQ(refusal(add(nullptr, "coding", {{}}), "coding"), "");
    below.front()->state = session::State::kEnded;
    EXPECT_EQ(refusal(middle, "coding"), "");
}

// A line takes no more of the kernel than one policy may.
TEST_F(ChildrenOf, HaveTablesOfTheirOwnWithinBounds) {
    Session& top = add(nullptr, "coding", {{}});
    top.policy->tables.zones.resize(policy::kMaxZones / 2);
    Session& narrowed = add(&top, "reviewer", {});
    narrowed.policy->tables.zones.resize(policy::kMaxZones / 2 + 1);
    EXPECT_EQ(refusal(top, "coding"), "");
    narrowed.own = session::Own{};
    narrowed.own->within = {"reviewer"};
    EXPECT_NE(refusal(top, "coding").find("all the room"), std::string::npos);
}

TEST_F(ChildrenOf, BringPoliciesOfBoundedSizeAndNumber) {
    Session& top = add(nullptr, "coding", {{}});
    const auto source = [](const std::string& bytes) {
        policy::Source source;
        source.files.push_back({"own.textproto", bytes});
        return source;
    };
    EXPECT_FALSE(children.may_bring(top, source(std::string(Children::kMaxOwnBytes, 'x'))));
    for (size_t i = 0; i < Children::kMaxOwn; i++) EXPECT_TRUE(children.may_bring(top, source(std::to_string(i))));
    EXPECT_TRUE(children.may_bring(top, source("7")));
    Session& below = add(&top, "coding", {{}});
    EXPECT_FALSE(children.may_bring(below, source("one more")));
    EXPECT_TRUE(children.may_bring(add(nullptr, "coding", {{}}), source("one more")));
}

}  // namespace
}  // namespace remit::daemon
