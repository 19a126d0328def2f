// abi/verdict.h over arbitrary sessions, tables and objects: it never fails, and what must always hold does.
#include "fuzz/input.h"
#include "policy/rules.h"

namespace remit::fuzz {
namespace {

struct World {
    remit_session session{};
    Tables tables;
    std::map<uint32_t, uint64_t> uses;
    remit_toolset toolset{};
    uint64_t now_ns = 0;
};

// Few bits, among the first tools mostly, so that rules and objects meet.
void take_bits(Input& input, __u64* words, uint32_t bits) {
    const uint32_t count = input.below(4);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t bit = input.flip() ? input.below(8) : input.below(bits);
        words[bit / 64] |= 1ULL << (bit % 64);
    }
}

remit_grant take_grant(Input& input, uint16_t rule) {
    remit_grant grant{};
    const uint8_t conditions = input.take<uint8_t>();
    if (conditions & 1) take_bits(input, grant.only_after, REMIT_MARK_WORDS * 64);
    if (conditions & 2) take_bits(input, grant.never_after, REMIT_MARK_WORDS * 64);
    if (conditions & 4) grant.from_ns = input.take<uint16_t>();
    if (conditions & 8) grant.until_ns = input.take<uint16_t>();
    if (conditions & 16) grant.max_uses = input.below(4);
    if (conditions & 32) grant.flags = REMIT_GRANT_APPROVAL;
    grant.rule = rule;
    return grant;
}

// As policy/tables.cc makes them: grants in the order of their tools, numbered, and a head that knows of every deny.
Tables take_tables(Input& input) {
    Tables tables;
    take_bits(input, tables.head.granted, REMIT_MAX_TOOLS);
    uint16_t rule = 0;
    for (uint16_t tool = 0; tool < 8; tool++) {
        const uint32_t count = input.below(4);
        for (uint16_t nth = 0; nth < count; nth++) tables.grants.push_back({tool, nth, take_grant(input, rule++)});
        if (count > 0 && !remit_has_tool(tables.head.granted, tool)) tables.head.conditional[0] |= 1ULL << tool;
    }
    const uint32_t denies = input.below(4);
    for (uint32_t nth = 0; nth < denies; nth++) {
        remit_deny deny{};
        take_bits(input, deny.tools, REMIT_MAX_TOOLS);
        take_bits(input, deny.after, REMIT_MARK_WORDS * 64);
        deny.rule = rule++;
        deny.flags = input.below(2);
        for (int i = 0; i < REMIT_TOOL_WORDS; i++) tables.head.denied[i] |= deny.tools[i];
        tables.denies.push_back(deny);
    }
    tables.head.deny_count = denies;
    tables.head.otherwise = static_cast<__u8>(input.below(2));
    return tables;
}

World take_world(Input& input) {
    World world;
    world.now_ns = input.take<uint16_t>();
    world.session.id = 1;
    world.session.state = input.flip() ? static_cast<__u32>(REMIT_ARMED) : input.below(6);
    world.session.start_ns = input.below(2) ? 0 : input.take<uint16_t>();
    world.session.expires_ns = input.flip() ? 0 : input.take<uint16_t>();
    take_bits(input, world.session.seen, REMIT_MARK_WORDS * 64);
    take_bits(input, world.session.approved, REMIT_MAX_TOOLS);
    take_bits(input, world.session.rejected, REMIT_MAX_TOOLS);
    take_bits(input, world.toolset.covers, REMIT_MAX_TOOLS);
    const uint64_t best = input.take<uint8_t>();
    for (int i = 0; i < REMIT_TOOL_WORDS; i++) world.toolset.best[i] = world.toolset.covers[i] & (i == 0 ? ~best : ~0ULL);
    if (input.below(4) == 0) world.toolset.bar = input.flip() ? REMIT_REASON_WRITABLE : REMIT_REASON_HASH_MISMATCH;
    world.tables = take_tables(input);
    for (uint32_t rule = 0; rule < world.tables.grants.size(); rule++) world.uses[rule] = input.below(4);
    if (input.below(8) == 0 && !world.tables.denies.empty()) world.tables.denies.pop_back();  // tables without all of their denies
    return world;
}

remit_verdict judge(const World& world, remit_occasion occasion, const remit_toolset* toolset) {
    const remit_rules rules{&world.tables, &world.uses};
    const remit_case the_case{&rules, world.now_ns, 1, static_cast<__u32>(occasion)};
    remit_verdict verdict{};
    remit_decide(&world.session, &world.tables.head, &the_case, toolset, &verdict);
    return verdict;
}

bool stands(const World& world) {
    return world.session.state == REMIT_ARMED && !(world.session.expires_ns && world.now_ns >= world.session.expires_ns);
}

// Written without verdict.h: does some deny name a covering tool, and has what it waits for been seen?
bool some_deny_bites(const World& world) {
    for (const remit_deny& deny : world.tables.denies) {
        bool named = false;
        bool waits = false;
        bool seen = false;
        for (int i = 0; i < REMIT_TOOL_WORDS; i++) named |= (deny.tools[i] & world.toolset.covers[i]) != 0;
        for (int i = 0; i < REMIT_MARK_WORDS; i++) {
            waits |= deny.after[i] != 0;
            seen |= (deny.after[i] & world.session.seen[i]) != 0;
        }
        if (named && (!waits || seen)) return true;
    }
    return false;
}

void check_allowed(const World& world, const remit_verdict& verdict) {
    REMIT_HOLDS(stands(world));
    REMIT_HOLDS(!some_deny_bites(world));
    REMIT_HOLDS(verdict.reason == REMIT_GRANTED || (verdict.reason == REMIT_REASON_NO_TOOL && verdict.tool == REMIT_NO_TOOL));
    if (verdict.tool == REMIT_NO_TOOL) {
        REMIT_HOLDS(world.tables.head.otherwise == REMIT_OTHERWISE_ALLOW && remit_no_tool(world.toolset.covers));
        return;
    }
    REMIT_HOLDS(world.toolset.bar == 0);
    REMIT_HOLDS(remit_has_tool(world.toolset.best, verdict.tool));
    REMIT_HOLDS(remit_has_tool(world.tables.head.granted, verdict.tool) || remit_has_tool(world.tables.head.conditional, verdict.tool));
    if (verdict.flags & REMIT_TAKES_USE) REMIT_HOLDS(verdict.limit > world.uses.at(verdict.rule));
}

void check_standing(const World& world, const remit_verdict& verdict) {
    remit_verdict own{};
    remit_decide_own(&world.session, world.now_ns, &own);
    REMIT_HOLDS((own.kind == REMIT_ALLOW) == stands(world));
    if (stands(world)) return;
    // Over is over, whatever the policy, the object and the mode.
    REMIT_HOLDS(verdict.kind == REMIT_DENY && (verdict.flags & REMIT_BITES_ALWAYS));
    REMIT_HOLDS(verdict.reason == (world.session.state == REMIT_ARMED       ? REMIT_REASON_EXPIRED
                                   : world.session.state == REMIT_SUSPENDED ? REMIT_REASON_SUSPENDED
                                                                            : REMIT_REASON_REVOKED));
    for (const uint32_t mode : {REMIT_ENFORCE, REMIT_AUDIT, REMIT_LEARN}) {
        REMIT_HOLDS(!remit_passes(&verdict, mode));
        REMIT_HOLDS(!remit_passes(&own, mode));
    }
}

void check(const World& world) {
    const remit_verdict verdict = judge(world, REMIT_FIRST_USE, &world.toolset);
    const remit_verdict twice = judge(world, REMIT_FIRST_USE, &world.toolset);
    const remit_verdict again = judge(world, REMIT_JUDGED_AGAIN, &world.toolset);
    const remit_verdict unknown = judge(world, REMIT_FIRST_USE, nullptr);
    REMIT_HOLDS(std::memcmp(&verdict, &twice, sizeof(verdict)) == 0);
    REMIT_HOLDS(verdict.kind <= REMIT_PENDING && verdict.reason < REMIT_REASONS);
    REMIT_HOLDS(remit_passes(&verdict, REMIT_ENFORCE) == (verdict.kind == REMIT_ALLOW));
    check_standing(world, verdict);
    if (stands(world)) REMIT_HOLDS(unknown.kind == REMIT_PENDING && unknown.reason == REMIT_REASON_UNKNOWN);
    if (verdict.kind == REMIT_ALLOW) check_allowed(world, verdict);
    if (stands(world) && some_deny_bites(world)) REMIT_HOLDS(verdict.kind == REMIT_DENY && again.kind == REMIT_DENY);
    if (verdict.kind == REMIT_PENDING) REMIT_HOLDS(verdict.reason == REMIT_REASON_APPROVAL && world.toolset.bar == 0);
    // Judging again takes nothing, asks nobody, and does not end what would be let through anew.
    REMIT_HOLDS(again.kind != REMIT_PENDING && !(again.flags & REMIT_TAKES_USE));
    if (verdict.kind == REMIT_ALLOW) REMIT_HOLDS(again.kind == REMIT_ALLOW);
}

}  // namespace
}  // namespace remit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    remit::fuzz::Input input(data, size);
    const remit::fuzz::World before = remit::fuzz::take_world(input);
    const remit::fuzz::World world = before;
    remit::fuzz::check(world);
    REMIT_HOLDS(std::memcmp(&before.session, &world.session, sizeof(world.session)) == 0);
    return 0;
}
