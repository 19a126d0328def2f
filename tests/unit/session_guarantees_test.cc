// The table of guarantees on the hosts that there are: no root, the base tier of 6.1 and of 6.18, the LSM tier.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "session/guarantees.h"

namespace remit::session {
namespace {

HostFacts base_of_6_1() {
    HostFacts facts;
    facts.features.btf = facts.features.cgroup2 = facts.privileged = facts.bpf_filesystem = facts.seccomp_hold = true;
    facts.features.lsm_error = "Operation not permitted";
    facts.cgroup_root = "/sys/fs/cgroup";
    facts.lsm_list = "capability,yama\n";
    return facts;
}

HostFacts base_of_6_18() {
    HostFacts facts = base_of_6_1();
    facts.features.connect_unix = facts.features.task_storage_in_socket_programs = true;
    return facts;
}

HostFacts lsm() {
    HostFacts facts = base_of_6_1();
    facts.features.lsm_loads = facts.features.lsm_listed = true;
    return facts;
}

std::map<std::string, Guarantee> table_of(const HostFacts& facts) {
    std::map<std::string, Guarantee> table;
    for (const Guarantee& guarantee : guarantees_of(facts)) EXPECT_TRUE(table.emplace(guarantee.name, guarantee).second) << guarantee.name;
    return table;
}

std::map<std::string, std::string> standings(const HostFacts& facts) {
    std::map<std::string, std::string> words;
    for (const Guarantee& guarantee : guarantees_of(facts)) words[guarantee.name] = standing_word(guarantee.standing);
    return words;
}

const std::map<std::string, std::string> kBase618{
    {"base-tier", "enforced"},      {"lsm-tier", "not here"},        {"exec", "partial"},
    {"exec-hold", "enforced"},      {"connect", "enforced"},         {"revocation", "enforced"},
    {"names", "enforced"},          {"families", "partial"},         {"scripts", "partial"},
    {"unix-sockets", "partial"},    {"unix-peers", "not here"},      {"listeners", "partial"},
    {"strict-code", "not here"},    {"borrowed-sockets", "partial"}, {"borrowed-processes", "partial"},
    {"self-protection", "partial"}, {"root-sessions", "not here"},   {"programs-unchanged", "partial"},
    {"identity", "enforced"},       {"user-namespaces", "enforced"}, {"pins", "enforced"},
    {"requests", "partial"},
};

TEST(Guarantees, BaseTierOfANewKernel) {
    EXPECT_EQ(standings(base_of_6_18()), kBase618);
}

TEST(Guarantees, BaseTierOfAnOldKernelLacksUnixSocketsAndReadsNoTags) {
    auto expected = kBase618;
    expected["unix-sockets"] = "not here";
    expected["requests"] = "not here";
    expected["identity"] = "partial";
    EXPECT_EQ(standings(base_of_6_1()), expected);
    EXPECT_THAT(table_of(base_of_6_1())["unix-sockets"].remedy, testing::HasSubstr("6.7"));
}

TEST(Guarantees, TheLsmTierHoldsAllButWhatRootChangesBeforeItIsKnown) {
    auto expected = kBase618;
    for (auto& [name, word] : expected) word = name == "programs-unchanged" ? "partial" : "enforced";
    EXPECT_EQ(standings(lsm()), expected);
    for (const Guarantee& guarantee : guarantees_of(lsm())) EXPECT_EQ(guarantee.remedy.empty(), guarantee.name != "programs-unchanged");
}

TEST(Guarantees, WhatDoesNotHoldSaysWhyAndWhatToDo) {
    for (const HostFacts& facts : {base_of_6_1(), base_of_6_18(), lsm(), HostFacts{}})
        for (const Guarantee& guarantee : guarantees_of(facts)) {
            EXPECT_NE(guarantee.why, "") << guarantee.name;
            EXPECT_TRUE(guarantee.standing == Guarantee::Standing::kEnforced || !guarantee.remedy.empty()) << guarantee.name;
        }
}

TEST(Guarantees, AnLsmListWithoutBpfIsToldHowToBoot) {
    HostFacts facts = base_of_6_18();
    facts.features.lsm_loads = true;
    auto table = table_of(facts);
    for (const char* name : {"lsm-tier", "families", "strict-code"})
        EXPECT_EQ(table[name].remedy, "boot the kernel with lsm=capability,yama,bpf") << name;
    facts.lsm_list.clear();
    EXPECT_EQ(table_of(facts)["lsm-tier"].remedy, "boot the kernel with lsm=(today's list),bpf");
    EXPECT_THAT(table_of(base_of_6_18())["lsm-tier"].why, testing::HasSubstr("Operation not permitted"));
}

TEST(Guarantees, TheLsmLineIsToldForEveryBootLoader) {
    HostFacts facts = base_of_6_18();
    facts.features.lsm_loads = true;
    const std::map<BootLoader, std::string> told{{BootLoader::kUpdateGrub, "run update-grub"},
                                                 {BootLoader::kGrub, "grub-mkconfig -o"},
                                                 {BootLoader::kGrubby, "grubby --update-kernel=ALL --args=lsm="},
                                                 {BootLoader::kSystemdBoot, "loader/entries"}};
    for (const auto& [loader, words] : told) {
        facts.boot_loader = loader;
        EXPECT_THAT(table_of(facts)["lsm-tier"].remedy,
                    testing::AllOf(testing::HasSubstr("lsm=capability,yama,bpf"), testing::HasSubstr(words)));
    }
}

TEST(Guarantees, ProgramsThatFtraceDoesNotCallRefuseNothing) {
    HostFacts facts = lsm();
    facts.features.lsm_called = false;
    auto table = table_of(facts);
    EXPECT_EQ(table["lsm-tier"].standing, Guarantee::Standing::kMissing);
    EXPECT_THAT(table["lsm-tier"].remedy, testing::HasSubstr("kernel.ftrace_enabled=1"));
    EXPECT_EQ(table["exec"].standing, Guarantee::Standing::kPartial);
}

TEST(Guarantees, WithoutRootNothingIsClaimedButWhatNeedsNone) {
    HostFacts facts = lsm();
    facts.privileged = false;
    for (const Guarantee& guarantee : guarantees_of(facts)) {
        const bool needs_none = guarantee.name == "exec-hold" || guarantee.name == "pins";
        EXPECT_EQ(standing_word(guarantee.standing), needs_none ? "enforced" : "not here") << guarantee.name;
        EXPECT_EQ(guarantee.remedy, needs_none ? "" : "use sudo remit doctor") << guarantee.name;
    }
}

TEST(Guarantees, WithoutTheBaseTierNothingHolds) {
    HostFacts facts = lsm();
    facts.features.cgroup2 = false;
    EXPECT_EQ(table_of(facts)["connect"].standing, Guarantee::Standing::kMissing);
    EXPECT_THAT(table_of(facts)["connect"].remedy, testing::StartsWith("mount -t cgroup2 none /sys/fs/cgroup, "));
    facts.features.btf = false;
    EXPECT_EQ(table_of(facts)["root-sessions"].standing, Guarantee::Standing::kMissing);
    facts.bpf_filesystem = facts.seccomp_hold = false;
    EXPECT_EQ(table_of(facts)["pins"].standing, Guarantee::Standing::kMissing);
    EXPECT_EQ(table_of(facts)["exec-hold"].standing, Guarantee::Standing::kMissing);
}

}  // namespace
}  // namespace remit::session
