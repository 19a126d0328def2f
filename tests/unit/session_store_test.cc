#include "session/store.h"
#include "unit/session_folder.h"

namespace remit::session {
namespace {

Session example() {
    Session session;
    session.id = "01934c1e-0000-7000-8000-000000000001";
    session.kernel_id = 0xfedcba9876543210;
    session.slot = 7;
    session.origin = Origin::kAttach;
    session.state = State::kRevoked;
    session.cgroup = "/sys/fs/cgroup/agents/\"odd\" name";
    session.cgroup_id = 4711;
    session.generation = 3;
    session.start_ns = 83274500111;
    session.expires_ns = 93274500111;
    session.started_at = "2026-11-24T09:31:02.000000000Z";
    session.expires_at = "2026-11-24T19:31:02.000000000Z";
    session.linger = true;
    session.holds_exec = true;
    session.bound = true;
    session.end_reason = "line\nbreak";
    session.root_mounts = 4026531841;
    session.claims = {"fix", "claude", "requester@corp.example", "fix ticket", "T-1432"};
    session.starter = {1000, {1000, 27}, 1001, 4711, "4711-99", "control.sock"};
    return session;
}

class StoreTest : public SessionFolder {
protected:
    Store open() {
        auto store = Store::open(folder_ + "/state");
        EXPECT_TRUE(store);
        return *std::move(store);
    }
    std::vector<std::string> problems_;
};

TEST_F(StoreTest, GivesBackWhatWasGrantedAndASwitchThatWasUnderWay) {
    Session before = example();
    before.own.emplace();
    before.own->tools = {"a", "b"};
    before.own->labels = {"l"};
    before.own->counters = {0, 7};
    before.own->next_counter = 8;
    before.own->grants.push_back({"a", 5, 3, 9, "grant a (an operator)"});
    before.next = Switch{"efgh", 10, std::nullopt};
    ASSERT_TRUE(open().save(before, "abcd", 9));
    const auto stored = open().load(problems_);
    ASSERT_EQ(stored.size(), 1u);
    const Session& after = stored[0].session;
    ASSERT_TRUE(after.own && after.next);
    EXPECT_EQ(after.own->tools, before.own->tools);
    EXPECT_EQ(after.own->labels, before.own->labels);
    EXPECT_EQ(after.own->counters, before.own->counters);
    EXPECT_EQ(after.own->next_counter, 8u);
    ASSERT_EQ(after.own->grants.size(), 1u);
    EXPECT_EQ(after.own->grants[0].text, "grant a (an operator)");
    EXPECT_EQ(after.own->grants[0].counter, 9u);
    EXPECT_EQ(after.next->policy_sha256, "efgh");
    EXPECT_EQ(after.next->tables_id, 10u);
    EXPECT_FALSE(after.next->own);
}

TEST_F(StoreTest, GivesASessionBackAsItWas) {
    const Session before = example();
    ASSERT_TRUE(open().save(before, "abcd", 9));
    const auto stored = open().load(problems_);
    ASSERT_EQ(stored.size(), 1u);
    EXPECT_TRUE(problems_.empty());
    EXPECT_EQ(stored[0].policy_sha256, "abcd");
    EXPECT_EQ(stored[0].tables_id, 9u);
    EXPECT_TRUE(stored[0].this_boot);
    const Session& after = stored[0].session;
    EXPECT_EQ(after.id, before.id);
    EXPECT_EQ(after.kernel_id, before.kernel_id);
    EXPECT_EQ(after.slot, before.slot);
    EXPECT_EQ(after.origin, before.origin);
    EXPECT_EQ(after.state, before.state);
    EXPECT_EQ(after.cgroup, before.cgroup);
    EXPECT_EQ(after.cgroup_id, before.cgroup_id);
    EXPECT_EQ(after.generation, before.generation);
    EXPECT_EQ(after.start_ns, before.start_ns);
    EXPECT_EQ(after.expires_ns, before.expires_ns);
    EXPECT_EQ(after.started_at, before.started_at);
    EXPECT_EQ(after.expires_at, before.expires_at);
    EXPECT_EQ(after.linger, before.linger);
    EXPECT_EQ(after.holds_exec, before.holds_exec);
    EXPECT_EQ(after.bound, before.bound);
    EXPECT_EQ(after.end_reason, before.end_reason);
    EXPECT_EQ(after.root_mounts, before.root_mounts);
    EXPECT_EQ(after.claims.agent, before.claims.agent);
    EXPECT_EQ(after.claims.task, before.claims.task);
    EXPECT_EQ(after.starter.uid, before.starter.uid);
    EXPECT_EQ(after.starter.gids, before.starter.gids);
    EXPECT_EQ(after.starter.login_uid, before.starter.login_uid);
    EXPECT_EQ(after.starter.exec_id, before.starter.exec_id);
}

TEST_F(StoreTest, ForgetsWhatWasRemoved) {
    Store store = open();
    ASSERT_TRUE(store.save(example(), "abcd", 9));
    store.remove(example().id);
    EXPECT_TRUE(store.load(problems_).empty());
}

TEST_F(StoreTest, NamesFilesThatAreNoSessions) {
    Store store = open();
    ASSERT_TRUE(store.save(example(), "abcd", 9));
    put("/state/sessions/broken.textproto", "slot: \"no number\"", 0600);
    put("/state/sessions/nobody.textproto", "id: \"x\" slot: 3", 0600);
    put("/state/sessions/beyond.textproto", "id: \"x\" kernel_id: 1 slot: 99999 tables_id: 1 cgroup: \"/x\"", 0600);
    put("/state/sessions/half.textproto.tmp", "id", 0600);
    EXPECT_EQ(store.load(problems_).size(), 1u);
    EXPECT_EQ(problems_.size(), 3u);
}

TEST_F(StoreTest, TakesWhatAPowerCutLeft) {
    put("/state/sessions/lost.textproto", "", 0600);
    put("/state/tables", "", 0600);
    Store store = open();
    EXPECT_TRUE(store.load(problems_).empty());
    ASSERT_EQ(problems_.size(), 1u);
    EXPECT_NE(problems_[0].find("lost its power"), std::string::npos) << problems_[0];
    EXPECT_EQ(*store.next_tables_id(), 1u);
    problems_.clear();
    EXPECT_TRUE(store.load(problems_).empty());
    EXPECT_TRUE(problems_.empty()) << "it is told once";
}

TEST_F(StoreTest, KnowsSessionsOfAnotherBoot) {
    put("/state/sessions/old.textproto", "id: \"x\" kernel_id: 1 slot: 3 tables_id: 1 cgroup: \"/x\" boot_id: \"another\"", 0600);
    const auto stored = open().load(problems_);
    ASSERT_EQ(stored.size(), 1u);
    EXPECT_FALSE(stored[0].this_boot);
}

TEST_F(StoreTest, NeverGivesTablesTheSameNumberTwice) {
    EXPECT_EQ(*open().next_tables_id(), 1u);
    EXPECT_EQ(*open().next_tables_id(), 2u) << "over a restart";
    put("/state/tables", "what?", 0600);
    EXPECT_FALSE(open().next_tables_id()) << "a lost number must not begin anew";
}

TEST_F(StoreTest, KeepsPolicySourcesUnderTheirHash) {
    policy::Source source;
    source.files = {{"main.textproto", "name: \"p\"\n"}, {"tools/shell.textproto", std::string("\0\n\xff", 3)}};
    const std::string identity = policy::identity(source);
    Store store = open();
    ASSERT_TRUE(store.save_policy(identity, source));
    ASSERT_TRUE(store.save_policy(identity, source)) << "a second time is no error";
    const auto back = store.load_policy(identity);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->files.size(), 2u);
    EXPECT_EQ(back->files[1].name, "tools/shell.textproto");
    EXPECT_EQ(back->files[1].bytes, source.files[1].bytes);
    put("/state/policies/" + identity + "/0", "name: \"q\"\n", 0600);
    EXPECT_FALSE(store.load_policy(identity)) << "changed bytes are another policy";
}

}  // namespace
}  // namespace remit::session
