// What a policy's tables leave in the kernel's maps: nothing, whoever takes them away; and when that happens (session/policies.h).
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <filesystem>

#include "base/clock.h"
#include "kernel/harness.h"
#include "session/policies.h"

namespace remit::test {
namespace {

constexpr uint32_t kOurs = 70'000;  // above those of all sessions of the tests
constexpr uint32_t kOthers = 70'001;

size_t rows(uint32_t tables_id) {
    return rows_of<remit_zone_key>("zones", tables_id) + rows_of<remit_port_key>("ports", tables_id) +
           rows_of<remit_grant_key>("grants", tables_id) + rows_of<remit_deny_key>("denies", tables_id) +
           rows_of<remit_program_key>("programs", tables_id) + rows_of<remit_unix_key>("unix_names", tables_id) +
           rows_of<remit_program_key>("unix_files", tables_id) + rows_of<remit_peer_key>("peers", tables_id) +
           rows_of<remit_family_key>("families", tables_id);
}

TEST(TablesInTheKernel, NothingIsLeftOfThoseThatNobodyKnows) {
    kernel::Kernel& kernel = Harness::get().kernel();
    remit_grant once{};
    once.max_uses = 1;
    Tables tables = TablesBuilder().grant(0).grant(1, once).deny(2).endpoint(0, "192.0.2.0", 24, 443, IPPROTO_TCP).tables();
    tables.unix_names.push_back({"abstract", only(0)});
    tables.families.push_back({AF_NETLINK, 0, only(0)});
    remit_file file{};
    file.ino = 7;
    for (const uint32_t id : {kOurs, kOthers}) {
        ASSERT_TRUE(kernel.publish_tables(id, tables));
        ASSERT_TRUE(kernel.push_program(id, file, only(0)));
        ASSERT_TRUE(kernel.push_unix_file(id, file, only(0)));
        ASSERT_TRUE(kernel.push_peer(id, 1, file, only(0)));
        EXPECT_TRUE(kernel.published_tables().contains(id));
    }
    const size_t all = rows(kOurs);
    EXPECT_GE(all, 9U) << "one of each";
    kernel.sweep_tables({kOurs});
    EXPECT_EQ(rows(kOurs), 0U);
    EXPECT_FALSE(kernel.published_tables().contains(kOurs));
    EXPECT_EQ(rows(kOthers), all);
    kernel.sweep_tables({kOthers});
    EXPECT_EQ(rows(kOthers), 0U);
}

TEST(TablesInTheKernel, StayForAWhileWhereNoSessionHoldsThem) {
    kernel::Kernel& kernel = Harness::get().kernel();
    const std::string folder = "/tmp/remit-tables-" + std::to_string(getpid());
    auto store = session::Store::open(folder);
    ASSERT_TRUE(store);
    session::Policies policies(kernel, *store);
    std::vector<policy::Diagnostic> diagnostics;
    const std::string text = R"(name: "idle" tool { name: "t" program { path: "/bin/true" } } grant { tool: "t" })";
    const auto policy = policies.load({.files = {{"idle", text}}, .unreadable = {}, .folder = ""}, {}, diagnostics);
    ASSERT_TRUE(policy);
    const auto enter = [&] {
        const auto entered = policies.enter(**policy);
        return entered && *entered;
    };
    EXPECT_TRUE(enter()) << "its programs are not known";
    EXPECT_FALSE(enter()) << "another session of it";
    const uint32_t tables = (*policy)->tables_id;
    policies.leave(*policy);
    policies.leave(*policy);
    policies.withdraw_idle(boot_ns());
    EXPECT_TRUE(kernel.published_tables().contains(tables));
    EXPECT_TRUE(enter()) << "its programs may be others by now";
    EXPECT_EQ((*policy)->tables_id, tables);
    policies.withdraw_idle(boot_ns() + 60 * kSecondNs);
    EXPECT_TRUE(kernel.published_tables().contains(tables)) << "a session holds it";
    policies.leave(*policy);
    policies.withdraw_idle(boot_ns() + 60 * kSecondNs);
    EXPECT_FALSE(kernel.published_tables().contains(tables));
    EXPECT_TRUE(enter());
    EXPECT_NE((*policy)->tables_id, tables);
    policies.leave(*policy);
    policies.withdraw_idle(boot_ns() + 60 * kSecondNs);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace remit::test
