// What names bind, by the daemon's own book-keeping and this kernel: session/names.h.
#include "session/names.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "kernel/harness.h"
#include "policy/address.h"

namespace remit::test {
namespace {

using session::Names;

// Two tools at two ports, so that what an address is worth shows in what can be reached.
struct Rig {
    Harness& harness = Harness::get();
    Peer git = listen_on("127.0.0.9", SOCK_STREAM), docs = listen_on("127.0.0.9", SOCK_STREAM);
    std::shared_ptr<session::LoadedPolicy> policy;
    TestSession kernel_session;
    session::Session session;
    Names names{harness.kernel()};

    Rig() {
        policy::Source source;
        const std::string git_port = std::to_string(git.port), docs_port = std::to_string(docs.port);
        source.files.push_back({"p.textproto", "name: \"p\"\ntool { name: \"git\" endpoint { host: \"git.example\" port: \"" + git_port +
                                                   "\" } }\ntool { name: \"docs\" endpoint { host: \"*.docs.example\" port: \"" +
                                                   docs_port + "\" } }\ngrant { tool: \"git\" }\ngrant { tool: \"docs\" }\n"});
        std::vector<policy::Diagnostic> diagnostics;
        policy = *session::compile(source, diagnostics);
        kernel_session = harness.make_session(policy->tables);
        policy->tables_id = kernel_session.tables_id;
        session.kernel_id = kernel_session.id;
        session.policy = policy;
    }

    Result<void> bind(const std::string& name, const std::string& address, uint64_t ttl_ns = 0) {
        return names.bind(session, name, *policy::parse_address(address), ttl_ns);
    }
    bool reaches(const Peer& peer) {
        return exited(harness.run(kernel_session, [&] { return try_connect("127.0.0.9", peer.port, SOCK_STREAM); }), 0);
    }
};

TEST(Names, AnAddressIsWorthAllItsNames) {
    Rig rig;
    EXPECT_FALSE(rig.reaches(rig.git));
    ASSERT_TRUE(rig.bind("git.example", "127.0.0.9"));
    EXPECT_TRUE(rig.reaches(rig.git));
    EXPECT_FALSE(rig.reaches(rig.docs));
    ASSERT_TRUE(rig.bind("a.docs.example", "127.0.0.9"));
    EXPECT_TRUE(rig.reaches(rig.git));
    EXPECT_TRUE(rig.reaches(rig.docs));
    EXPECT_EQ(rig.names.name_of(rig.session.kernel_id, *policy::parse_address("127.0.0.9")), "a.docs.example");
    rig.names.forget(rig.session);
    EXPECT_FALSE(rig.reaches(rig.git));
    EXPECT_FALSE(rig.reaches(rig.docs));
}

TEST(Names, OneNameThatIsOverLeavesTheOthers) {
    Rig rig;
    ASSERT_TRUE(rig.bind("git.example", "127.0.0.9", 0));
    ASSERT_TRUE(rig.bind("a.docs.example", "127.0.0.9", 3600 * kSecondNs));
    const auto find = [&](uint64_t id) { return id == rig.session.kernel_id ? &rig.session : nullptr; };
    rig.names.on_time(boot_ns() + Names::kFloorNs / 2, find);
    EXPECT_TRUE(rig.reaches(rig.git));
    rig.names.on_time(boot_ns() + Names::kFloorNs + kSecondNs, find);
    EXPECT_FALSE(rig.reaches(rig.git));
    EXPECT_TRUE(rig.reaches(rig.docs));
}

TEST(Names, EqualWorthSharesAZone) {
    Rig rig;
    for (int i = 0; i < 100; i++) ASSERT_TRUE(rig.bind("git.example", "192.0.2." + std::to_string(i)));
    ASSERT_TRUE(rig.bind("a.docs.example", "198.51.100.1"));
    ASSERT_TRUE(rig.bind("b.docs.example", "198.51.100.1"));
    EXPECT_EQ(rig.policy->name_zones.size(), 2U);
}

TEST(Names, OneSessionKnowsOnlySoMany) {
    Rig rig;
    for (size_t i = 0; i < Names::kMaxAddresses; i++)
        ASSERT_TRUE(rig.bind("git.example", "203.0." + std::to_string(i / 256) + "." + std::to_string(i % 256)));
    EXPECT_FALSE(rig.bind("git.example", "127.0.0.9")) << "none of them is over";
    ASSERT_TRUE(rig.bind("git.example", "203.0.0.1")) << "one that it knows";
    Rig other;
    for (size_t i = 0; i < Names::kMaxNamesOfOne; i++) ASSERT_TRUE(other.bind("n" + std::to_string(i) + ".docs.example", "127.0.0.9"));
    EXPECT_FALSE(other.bind("more.docs.example", "127.0.0.9"));
}

TEST(Names, AnotherPolicyFindsThemBeforeItIsSwitchedOn) {
    Rig rig;
    ASSERT_TRUE(rig.bind("git.example", "127.0.0.9"));
    session::LoadedPolicy& old = *rig.policy;
    const uint32_t old_id = old.tables_id, next_id = 30000;
    std::vector<policy::Diagnostic> diagnostics;
    const auto next = *session::compile(old.source, diagnostics);
    next->tables_id = next_id;
    ASSERT_TRUE(rig.harness.kernel().publish_tables(next_id, next->tables));
    ASSERT_TRUE(rig.names.bind_anew(rig.session, *next));
    EXPECT_TRUE(rig.reaches(rig.git));
    rig.kernel_session.words->authority = 2ULL << 32 | next_id;
    EXPECT_TRUE(rig.reaches(rig.git));
    rig.names.forget_tables(rig.session, old_id);
    EXPECT_TRUE(rig.reaches(rig.git));
}

}  // namespace
}  // namespace remit::test
