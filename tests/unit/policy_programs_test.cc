// Programs by path, kind and content: who covers them, and what bars a grant.
#include "base/digest.h"
#include "policy/attribute.h"
#include "policy/names.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

using Names = std::vector<std::string>;

Digest digest_of(uint8_t byte) {
    Digest digest;
    digest.fill(byte);
    return digest;
}

std::string hex_of(uint8_t byte) {
    return hex(digest_of(byte));
}

Policy policy_of(const std::string& tools) {
    return *good("name: \"p\"\n" + tools).policy;
}

Names best(const Policy& policy, const ProgramFacts& facts) {
    return tool_names(policy, program_toolset(policy, facts).best);
}

Names covers(const Policy& policy, const ProgramFacts& facts) {
    return tool_names(policy, program_toolset(policy, facts).covers);
}

TEST(PolicyPrograms, KindsAreCoveredWhereTheyAreNamed) {
    const Policy policy = policy_of(
        "tool { name: \"path\" program { path: \"/usr/bin/*\" } }\n"
        "tool { name: \"memory\" program { anonymous: true } }\n"
        "tool { name: \"loader\" program { loader: true } }\n"
        "tool { name: \"set-id\" program { set_id: true } }\n"
        "tool { name: \"ping\" program { path: \"/usr/bin/ping\" set_id: true } }\n"
        "tool { name: \"far\" program { path: \"/mnt/**\" foreign: true } }\n"
        "tool { name: \"both\" program { path: \"/mnt/**\" foreign: true set_id: true } }\n");
    EXPECT_EQ(best(policy, {.paths = {"/usr/bin/ping"}}), Names{"path"});
    EXPECT_EQ(covers(policy, {.paths = {"/usr/bin/ping"}}), Names{"path"});
    EXPECT_EQ(best(policy, {.kinds = kAnonymous}), Names{"memory"});
    EXPECT_EQ(best(policy, {.paths = {"/usr/bin/ld.so"}, .kinds = kLoader}), Names{"loader"});
    EXPECT_EQ(best(policy, {.paths = {"/usr/bin/su"}, .kinds = kSetId}), Names{"set-id"});
    EXPECT_EQ(best(policy, {.paths = {"/usr/bin/ping"}, .kinds = kSetId}), Names{"ping"});
    EXPECT_EQ(covers(policy, {.paths = {"/usr/bin/ping"}, .kinds = kSetId}), (Names{"set-id", "ping"}));
    EXPECT_EQ(best(policy, {.paths = {"/mnt/a"}, .kinds = kForeign}), (Names{"far", "both"}));
    EXPECT_EQ(best(policy, {.paths = {"/srv/a"}, .kinds = kForeign}), Names{});
    EXPECT_EQ(best(policy, {.paths = {"/mnt/a"}}), Names{});
    EXPECT_EQ(best(policy, {.paths = {"/mnt/a"}, .kinds = kForeign | kSetId}), Names{"both"});
    EXPECT_EQ(best(policy, {.paths = {"/usr/bin/ld.so"}, .kinds = kLoader | kSetId}), Names{});
}

TEST(PolicyPrograms, AnonymousOnesAreCompiled) {
    const Checked named = good("name: \"p\"\ntool { name: \"a\" label: \"l\" program { anonymous: true } }\n");
    EXPECT_EQ(named.tables->anonymous.best[0], 1u);
    EXPECT_EQ(named.tables->anonymous.covers[0], 1u);
    EXPECT_EQ(named.tables->anonymous.labels, 1u);
    const Checked unnamed = good("name: \"p\"\ntool { name: \"a\" program { loader: true set_id: true foreign: true path: \"/**\" } }\n");
    EXPECT_EQ(unnamed.tables->anonymous.covers[0], 0u);
}

TEST(PolicyPrograms, ContentBeatsPathBeatsFolder) {
    const Policy policy = policy_of(
        "tool { name: \"folder\" program { path: \"/opt/**\" } }\n"
        "tool { name: \"exact\" program { path: \"/opt/tool\" } }\n"
        "tool { name: \"content\" program { sha256: \"" +
        hex_of(1) + "\" } }\n" + "tool { name: \"here\" program { path: \"/opt/**\" sha256: \"" + hex_of(2) + "\" } }\n");
    EXPECT_EQ(best(policy, {.paths = {"/opt/tool"}}), Names{"exact"});
    EXPECT_EQ(best(policy, {.paths = {"/opt/tool"}, .sha256 = digest_of(1)}), Names{"content"});
    EXPECT_EQ(best(policy, {.paths = {"/opt/tool"}, .sha256 = digest_of(2)}), Names{"here"});
    EXPECT_EQ(best(policy, {.paths = {"/elsewhere"}, .sha256 = digest_of(1)}), Names{"content"});
    EXPECT_EQ(best(policy, {.paths = {"/elsewhere"}, .sha256 = digest_of(2)}), Names{});
    EXPECT_EQ(covers(policy, {.paths = {"/opt/tool"}, .sha256 = digest_of(2)}), (Names{"folder", "exact", "here"}));
}

TEST(PolicyPrograms, AnotherContentIsBarredWhereItWasNamed) {
    const Policy policy = policy_of("tool { name: \"deploy\" program { path: \"/opt/deploy\" sha256: \"" + hex_of(1) +
                                    "\" } program { path: \"/opt/deploy\" sha256: \"" + hex_of(2) +
                                    "\" } }\n"
                                    "tool { name: \"folder\" program { path: \"/opt/**\" } }\n");
    for (const auto& sha256 : {std::optional<Digest>{}, std::optional(digest_of(3))}) {
        const remit_toolset other = program_toolset(policy, ProgramFacts{.paths = {"/opt/deploy"}, .sha256 = sha256});
        EXPECT_EQ(tool_names(policy, other.best), Names{"deploy"});
        EXPECT_EQ(other.bar, unsigned{REMIT_REASON_HASH_MISMATCH});
    }
    for (uint8_t version : {1, 2}) {
        const remit_toolset right = program_toolset(policy, ProgramFacts{.paths = {"/opt/deploy"}, .sha256 = digest_of(version)});
        EXPECT_EQ(tool_names(policy, right.best), Names{"deploy"});
        EXPECT_EQ(right.bar, 0u);
    }
}

TEST(PolicyPrograms, OfTiedRulesTheBarredOnesCountOnlyAlone) {
    const Policy policy = policy_of("tool { name: \"hashed\" label: \"h\" program { path: \"/opt/tool\" sha256: \"" + hex_of(1) +
                                    "\" } }\n"
                                    "tool { name: \"plain\" label: \"p\" program { path: \"/opt/tool\" } }\n");
    const remit_toolset other = program_toolset(policy, ProgramFacts{.paths = {"/opt/tool"}, .sha256 = digest_of(2)});
    EXPECT_EQ(tool_names(policy, other.best), Names{"plain"});
    EXPECT_EQ(tool_names(policy, other.covers), (Names{"hashed", "plain"}));
    EXPECT_EQ(other.labels, 2u);
    EXPECT_EQ(other.bar, 0u);
    const remit_toolset writable =
        program_toolset(policy, ProgramFacts{.paths = {"/opt/tool"}, .writable_by_session = true, .sha256 = digest_of(2)});
    EXPECT_EQ(tool_names(policy, writable.best), (Names{"hashed", "plain"}));
    EXPECT_EQ(writable.bar, unsigned{REMIT_REASON_WRITABLE});
    EXPECT_EQ(writable.labels, 3u);
}

TEST(PolicyPrograms, ALoaderAtAToolsPathIsMappedAndNotRun) {
    const Policy policy = policy_of("tool { name: \"lib\" program { path: \"/lib/*\" } }\n");
    const remit_toolset loader = program_toolset(policy, ProgramFacts{.paths = {"/lib/ld.so"}, .kinds = kLoader});
    EXPECT_EQ(tool_names(policy, loader.covers), Names{});
    EXPECT_EQ(loader.flags, REMIT_MAY_BE_MAPPED);
    EXPECT_EQ(program_toolset(policy, ProgramFacts{.paths = {"/opt/ld.so"}, .kinds = kLoader}).flags, 0u);
    EXPECT_EQ(program_toolset(policy, ProgramFacts{.paths = {"/lib/libc.so"}}).flags, 0u);
}

TEST(PolicyPrograms, WhatTheSessionCanWriteNeedsAToolThatSaysSo) {
    const Policy policy = policy_of(
        "tool { name: \"build\" writable: true program { path: \"/srv/work/**\" } }\n"
        "tool { name: \"fixed\" program { path: \"/srv/**\" } }\n"
        "tool { name: \"twin\" program { path: \"/srv/work/**\" } }\n");
    const remit_toolset built = program_toolset(policy, ProgramFacts{.paths = {"/srv/work/a"}, .writable_by_session = true});
    EXPECT_EQ(tool_names(policy, built.best), Names{"build"});
    EXPECT_EQ(built.bar, 0u);
    EXPECT_EQ(built.flags, REMIT_MAY_BE_WRITTEN);
    const remit_toolset fixed = program_toolset(policy, ProgramFacts{.paths = {"/srv/a"}, .writable_by_session = true});
    EXPECT_EQ(tool_names(policy, fixed.best), Names{"fixed"});
    EXPECT_EQ(fixed.bar, unsigned{REMIT_REASON_WRITABLE});
    EXPECT_EQ(fixed.flags, 0u);
    const remit_toolset safe = program_toolset(policy, ProgramFacts{.paths = {"/srv/a"}});
    EXPECT_EQ(safe.bar, 0u);
    EXPECT_EQ(safe.flags, 0u);
    EXPECT_EQ(tool_names(policy, program_toolset(policy, ProgramFacts{.paths = {"/srv/work/a"}}).best), (Names{"build", "twin"}));
}

TEST(PolicyPrograms, ADenyReachesEveryKindAtItsPaths) {
    const std::string tools =
        "tool { name: \"su\" program { path: \"/usr/bin/su\" } }\ntool { name: \"helpers\" program { set_id: true } }\n"
        "grant { tool: \"helpers\" }\n";
    const Policy denied = policy_of(tools + "deny { tool: \"su\" }\n");
    const remit_toolset toolset = program_toolset(denied, ProgramFacts{.paths = {"/usr/bin/su"}, .kinds = kSetId});
    EXPECT_EQ(tool_names(denied, toolset.covers), (Names{"su", "helpers"}));
    EXPECT_EQ(tool_names(denied, toolset.best), Names{"helpers"});
    EXPECT_EQ(covers(denied, {.paths = {"/usr/bin/ping"}, .kinds = kSetId}), Names{"helpers"});
    EXPECT_EQ(covers(policy_of(tools), {.paths = {"/usr/bin/su"}, .kinds = kSetId}), Names{"helpers"});
}

TEST(PolicyPrograms, ContentsAreWantedOnlyWhereARuleNamesOne) {
    const Policy policy = policy_of("tool { name: \"a\" program { path: \"/opt/*\" sha256: \"" + hex_of(1) +
                                    "\" } program { path: \"/usr/bin/b\" } program { loader: true } }\n");
    EXPECT_TRUE(wants_hash(policy, {"/x", "/opt/a"}));
    EXPECT_FALSE(wants_hash(policy, {"/usr/bin/b"}));
    EXPECT_EQ(policy.program_patterns(), (Names{"/opt/*", "/usr/bin/b"}));
    const Policy anywhere = policy_of("tool { name: \"a\" program { sha256: \"" + hex_of(1) + "\" } }\n");
    EXPECT_TRUE(wants_hash(anywhere, {"/usr/bin/b"}));
    EXPECT_EQ(anywhere.program_patterns(), Names{});
}

TEST(PolicyPrograms, ExamplesTakeTheContentThatThePolicyWants) {
    const std::string deploy = "tool { name: \"deploy\" program { path: \"/opt/deploy\" sha256: \"" + hex_of(1) + "\" } }\n";
    good("name: \"p\"\n" + deploy +
         "grant { tool: \"deploy\" }\nexample { name: \"e\" step { exec: \"/opt/deploy\" verdict: ALLOW tool: \"deploy\" }\n"
         "step { exec: \"/opt/other\" verdict: DENY reason: NO_TOOL } }\n");
    const Attribution attribution = attribute_program(policy_of(deploy), {.paths = {"/opt/deploy"}});
    ASSERT_EQ(attribution.coverings.size(), 1u);
    EXPECT_EQ(attribution.coverings[0].why, "exact path /opt/deploy, another content");
    EXPECT_EQ(attribution.coverings[0].bar, unsigned{REMIT_REASON_HASH_MISMATCH});
}

}  // namespace
}  // namespace remit::policy::testing
