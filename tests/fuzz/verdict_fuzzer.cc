// abi/verdict.h over arbitrary sessions, tables and objects: it never fails, and what must always hold does.
#include <algorithm>

#include "fuzz/input.h"
#include "policy/rules.h"

namespace remit::fuzz {
namespace {

struct World {
    remit_session session{};
    Tables tables;
    std::map<uint32_t, remit_use> uses;
    std::map<uint32_t, uint64_t> approvals;
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
    if (conditions & 64) {
        grant.rate_ns = 1 + input.take<uint16_t>();
        grant.rate_count = 1 + input.below(3);
    }
    grant.rule = rule;
    grant.counter = rule;
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
        deny.flags = static_cast<__u16>(input.below(4));
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
    take_bits(input, world.session.once, REMIT_MAX_TOOLS);
    for (uint32_t tool = 0; tool < 8; tool++)
        if (input.below(4) == 0) world.approvals[tool] = input.take<uint16_t>();
    take_bits(input, world.session.rejected, REMIT_MAX_TOOLS);
    take_bits(input, world.toolset.covers, REMIT_MAX_TOOLS);
    const uint64_t best = input.take<uint8_t>();
    for (int i = 0; i < REMIT_TOOL_WORDS; i++) world.toolset.best[i] = world.toolset.covers[i] & (i == 0 ? ~best : ~0ULL);
    if (input.below(4) == 0) world.toolset.bar = input.flip() ? REMIT_REASON_WRITABLE : REMIT_REASON_HASH_MISMATCH;
    world.tables = take_tables(input);
    for (uint32_t rule = 0; rule < world.tables.grants.size(); rule++)
        world.uses[rule] = {.taken = input.below(4), .window = uint64_t{input.below(4)} << 32 | input.below(4)};
    if (input.below(8) == 0 && !world.tables.denies.empty()) world.tables.denies.pop_back();  // tables without all of their denies
    return world;
}

remit_verdict judge(const World& world, remit_occasion occasion, const remit_toolset* toolset) {
    const remit_rules rules{&world.tables, &world.uses, &world.approvals};
    const remit_case the_case{&rules, world.now_ns, 1, static_cast<__u32>(occasion)};
    remit_verdict verdict{};
    remit_decide(&world.session, &world.tables.head, &the_case, toolset, &verdict);
    return verdict;
}

bool stands(const World& world) {
    return world.session.state == REMIT_ARMED && !(world.session.expires_ns && world.now_ns >= world.session.expires_ns);
}

// Written without verdict.h: does some deny name a covering tool, and has what it waits for been seen? open: on a socket that was let
// through.
bool some_deny_bites(const World& world, bool open) {
    for (const remit_deny& deny : world.tables.denies) {
        bool named = false;
        bool waits = false;
        bool seen = false;
        for (int i = 0; i < REMIT_TOOL_WORDS; i++) named |= (deny.tools[i] & world.toolset.covers[i]) != 0;
        for (int i = 0; i < REMIT_MARK_WORDS; i++) {
            waits |= deny.after[i] != 0;
            seen |= (deny.after[i] & world.session.seen[i]) != 0;
        }
        if (named && (!waits || (seen && (!open || (deny.flags & REMIT_DENY_CUT))))) return true;
    }
    return false;
}

// Written without verdict.h: what the grant that lets it through costs is there, and is named.
void check_grant(const World& world, const remit_verdict& verdict) {
    const auto grant = std::ranges::find_if(world.tables.grants, [&](const auto& each) { return each.grant.rule == verdict.rule; });
    REMIT_HOLDS(grant != world.tables.grants.end() && grant->tool == verdict.tool && grant->nth == verdict.nth);
    const remit_grant& conditions = grant->grant;
    const remit_use& use = world.uses.at(conditions.counter);
    REMIT_HOLDS(((verdict.flags & REMIT_TAKES_USE) != 0) == (conditions.max_uses != 0));
    if (conditions.max_uses != 0) REMIT_HOLDS(verdict.limit == conditions.max_uses && use.taken < conditions.max_uses);
    REMIT_HOLDS(((verdict.flags & REMIT_TAKES_RATE) != 0) == (conditions.rate_ns != 0));
    if (conditions.rate_ns != 0) {
        const uint64_t window = (world.now_ns - world.session.start_ns) / conditions.rate_ns;
        if (world.now_ns >= world.session.start_ns && use.window >> 32 == window)
            REMIT_HOLDS((use.window & 0xffffffff) < conditions.rate_count);
    }
    if (!(conditions.flags & REMIT_GRANT_APPROVAL)) return;
    REMIT_HOLDS(remit_has_tool(world.session.approved, verdict.tool));
    const auto end = world.approvals.find(verdict.tool);
    REMIT_HOLDS(end == world.approvals.end() || end->second == 0 || world.now_ns < end->second);
    REMIT_HOLDS(((verdict.flags & REMIT_TAKES_APPROVAL) != 0) == (remit_has_tool(world.session.once, verdict.tool) != 0));
}

void check_allowed(const World& world, const remit_verdict& verdict) {
    REMIT_HOLDS(stands(world));
    REMIT_HOLDS(!some_deny_bites(world, false));
    REMIT_HOLDS(verdict.reason == REMIT_GRANTED || (verdict.reason == REMIT_REASON_NO_TOOL && verdict.tool == REMIT_NO_TOOL));
    if (verdict.tool == REMIT_NO_TOOL) {
        REMIT_HOLDS(world.tables.head.otherwise == REMIT_OTHERWISE_ALLOW && remit_no_tool(world.toolset.covers));
        return;
    }
    REMIT_HOLDS(world.toolset.bar == 0);
    REMIT_HOLDS(remit_has_tool(world.toolset.best, verdict.tool));
    REMIT_HOLDS(remit_has_tool(world.tables.head.granted, verdict.tool) || remit_has_tool(world.tables.head.conditional, verdict.tool));
    if (verdict.rule != REMIT_NO_RULE) check_grant(world, verdict);
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
    if (stands(world) && some_deny_bites(world, false)) REMIT_HOLDS(verdict.kind == REMIT_DENY);
    if (stands(world) && some_deny_bites(world, true)) REMIT_HOLDS(again.kind == REMIT_DENY);
    if (verdict.kind == REMIT_PENDING) REMIT_HOLDS(verdict.reason == REMIT_REASON_APPROVAL && world.toolset.bar == 0);
    // Judging again takes nothing, asks nobody, and does not end what would be let through anew.
    REMIT_HOLDS(again.kind != REMIT_PENDING && !(again.flags & (REMIT_TAKES_USE | REMIT_TAKES_RATE | REMIT_TAKES_APPROVAL)));
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
