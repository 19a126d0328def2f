// Compiled endpoints and listeners against a second, naive reading of POLICY.md step 3; the size and time of large policies.
#include <netinet/in.h>

#include <chrono>
#include <cstring>
#include <map>
#include <random>
#include <set>

#include "policy/attribute.h"
#include "policy/tables.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

// The naive reading shares no code with the product: addresses are strings of 0 and 1, IPv4 and IPv6 are worlds of their own.
struct NaiveRule {
    uint16_t tool;
    bool ipv4;
    std::string bits;
    bool exact_host;
    uint32_t first, last;
    bool tcp, udp;
    bool listens = false;
    bool both_worlds = false;  // a listener at "::"

    bool covers(const std::string& address, bool is_ipv4) const { return both_worlds || (ipv4 == is_ipv4 && address.starts_with(bits)); }
    size_t length() const { return bits.size() + (ipv4 ? 96 : 0); }
};

std::string bits_of(const Address& address, bool ipv4) {
    std::string bits;
    for (size_t i = ipv4 ? 12 : 0; i < 16; i++)
        for (int b = 7; b >= 0; b--) bits += (address[i] >> b & 1) ? '1' : '0';
    return bits;
}

remit_toolset naive(const std::vector<NaiveRule>& rules, const Policy& policy, const Target& target, bool ipv4, bool tcp, bool listens) {
    remit_toolset toolset{};
    const NaiveRule* best = nullptr;
    const auto better = [](const NaiveRule& a, const NaiveRule& b) {
        if (a.exact_host != b.exact_host) return a.exact_host ? 1 : -1;
        if (a.length() != b.length()) return a.length() > b.length() ? 1 : -1;
        const uint32_t wa = a.last - a.first, wb = b.last - b.first;
        return wa == wb ? 0 : wa < wb ? 1 : -1;
    };
    const std::string bits = bits_of(target.address, ipv4);
    std::vector<const NaiveRule*> covering;
    for (const NaiveRule& rule : rules)
        if (rule.listens == listens && rule.covers(bits, ipv4) && rule.first <= target.port && target.port <= rule.last &&
            (tcp ? rule.tcp : rule.udp))
            covering.push_back(&rule);
    for (const NaiveRule* rule : covering) {
        toolset.covers[rule->tool / 64] |= 1ULL << rule->tool % 64;
        if (!best || better(*rule, *best) > 0) best = rule;
    }
    for (const NaiveRule* rule : covering) {
        if (better(*rule, *best) != 0) continue;
        toolset.best[rule->tool / 64] |= 1ULL << rule->tool % 64;
        toolset.labels |= policy.tools[rule->tool].labels;
    }
    return toolset;
}

class World {
public:
    explicit World(unsigned seed) : random_(seed) {}

    int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    // Few distinct bits, so that prefixes nest and addresses hit; the IPv6 world holds neighbours of the IPv4 range.
    Address address(bool ipv4) {
        Address address = ipv4 ? ipv4_range().address : Address{};
        if (!ipv4 && pick(2)) address = Address{0x20, 0x01, 0x0d, 0xb8};
        if (!ipv4 && pick(4) == 0) address = Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe};
        if (ipv4) address[12] = 10;
        address[13] = static_cast<uint8_t>(pick(3));
        address[15] = static_cast<uint8_t>(pick(5) << pick(5));
        return address;
    }

    uint16_t port() {
        static constexpr int kPorts[] = {0, 1, 22, 80, 443, 444, 8000, 8080, 8999, 9000, 32767, 32768, 65534, 65535};
        return static_cast<uint16_t>(pick(5) ? kPorts[pick(14)] : pick(65536));
    }

    void make(int tools, int rules) {
        policy.tools.resize(static_cast<size_t>(tools));
        for (Tool& tool : policy.tools) tool.labels = 1ULL << pick(64);
        for (int i = 0; i < rules; i++) {
            NaiveRule rule{static_cast<uint16_t>(pick(tools)), pick(2) == 0, "", pick(4) == 0, 0, 65535, true, true};
            const int narrow = rule.ipv4 ? pick(33) : pick(3) ? 48 + pick(81) : pick(97);
            const int bits = rule.exact_host ? (rule.ipv4 ? 32 : 128) : pick(6) ? narrow : 0;
            Address address = this->address(rule.ipv4);
            rule.bits = bits_of(address, rule.ipv4).substr(0, static_cast<size_t>(bits));
            for (int b = bits + (rule.ipv4 ? 96 : 0); b < 128; b++)
                address[static_cast<size_t>(b / 8)] &= static_cast<uint8_t>(~(0x80 >> b % 8));
            if (!rule.ipv4 && is_ipv4(address)) continue;  // cannot be written
            rule.listens = bits == 0 || rule.exact_host ? pick(2) == 0 : false;
            rule.both_worlds = rule.listens && !rule.ipv4 && bits == 0;
            if (pick(3)) {
                const uint16_t a = port(), b = pick(2) ? a : port();
                rule.first = std::min(a, b);
                rule.last = std::max(a, b);
            }
            if (const int only = pick(4); only < 2) rule.tcp = only == 0, rule.udp = only == 1;
            Endpoint endpoint{.prefix = {address, static_cast<uint32_t>(bits + (rule.ipv4 ? 96 : 0))}, .exact_host = rule.exact_host};
            endpoint.ports = {{static_cast<uint16_t>(rule.first), static_cast<uint16_t>(rule.last)}};
            endpoint.tcp = rule.tcp;
            endpoint.udp = rule.udp;
            Tool& tool = policy.tools[rule.tool];
            (rule.listens ? tool.listens : tool.endpoints).push_back(endpoint);
            rules_.push_back(rule);
        }
    }

    void compare(int samples) {
        Result<Tables> tables = compile(policy);
        ASSERT_TRUE(tables);
        for (int i = 0; i < samples; i++) {
            const bool ipv4 = pick(2) == 0, tcp = pick(2) == 0, listens = pick(3) == 0;
            const int protocol = (tcp ? IPPROTO_TCP : IPPROTO_UDP) | (listens ? REMIT_LISTENS : 0);
            const Target target{address(ipv4), port(), static_cast<uint16_t>(protocol)};
            const remit_toolset expected = naive(rules_, policy, target, ipv4, tcp, listens);
            const remit_toolset found = find_endpoint(*tables, target);
            ASSERT_EQ(std::memcmp(&found, &expected, sizeof(found)), 0) << format_target(target);
            const remit_toolset attributed = attribute_endpoint(policy, target).toolset;
            ASSERT_EQ(std::memcmp(&attributed, &expected, sizeof(found)), 0) << format_target(target);
        }
    }

    Policy policy;

private:
    std::mt19937 random_;
    std::vector<NaiveRule> rules_;
};

TEST(PolicyTables, TwoStepsFindWhatTheRulesSay) {
    for (unsigned seed = 1; seed <= 300; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        World world(seed);
        world.make(1 + world.pick(12), 1 + world.pick(40));
        world.compare(200);
        if (HasFatalFailure()) return;
    }
}

TEST(PolicyTables, FortyToolsAndAThousandEndpoints) {
    World world(7);
    world.make(40, 1000);
    world.compare(3000);
}

TEST(PolicyTables, PortsAreDisjointAndZonesDistinct) {
    World world(11);
    world.make(20, 200);
    Result<Tables> tables = compile(world.policy);
    ASSERT_TRUE(tables);
    std::set<std::pair<std::array<uint8_t, 16>, uint32_t>> prefixes;
    for (const Tables::Zone& zone : tables->zones) EXPECT_TRUE(prefixes.insert({zone.address, zone.bits}).second);
    std::map<std::pair<uint32_t, uint16_t>, std::vector<bool>> taken;
    for (const Tables::Port& port : tables->ports) {
        ASSERT_LE(port.bits, 16u);
        std::vector<bool>& ports = taken.try_emplace({port.zone, port.protocol}, 65536).first->second;
        for (uint32_t p = port.port; p < port.port + (1u << (16 - port.bits)); p++) {
            ASSERT_FALSE(ports[p]);
            ports[p] = true;
        }
    }
}

TEST(PolicyTables, ARangeIsAtMostThirtyPrefixes) {
    Policy policy;
    policy.tools.resize(1);
    policy.tools[0].endpoints.push_back({.prefix = {Address{0x20}, 8}, .ports = {{1, 65534}}, .udp = false});
    Result<Tables> tables = compile(policy);
    ASSERT_TRUE(tables);
    EXPECT_EQ(tables->zones.size(), 1u);
    EXPECT_EQ(tables->ports.size(), 30u);
}

TEST(PolicyTables, AllOfIpv6IsNotIpv4) {
    const Checked checked =
        good("name: \"p\"\ntool { name: \"six\" endpoint { cidr: \"::/0\" } }\ntool { name: \"ten\" endpoint { cidr: \"10.0.0.0/8\" } }\n");
    const auto covers = [&](const char* text) { return find_endpoint(*checked.tables, *parse_target(text)).covers[0]; };
    EXPECT_EQ(covers("[2001:db8::1]:443"), 1u);
    EXPECT_EQ(covers("[::1]:443"), 1u);
    EXPECT_EQ(covers("10.1.2.3:443"), 2u);
    EXPECT_EQ(covers("[::ffff:10.1.2.3]:443"), 2u);
    EXPECT_EQ(covers("192.0.2.1:443"), 0u);
}

TEST(PolicyTables, HostsOfOneToolShareAZone) {
    std::string text = "name: \"p\"\ntool { name: \"a\"\n";
    for (int i = 0; i < 1000; i++)
        text += "endpoint { cidr: \"10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "/32\" port: \"443\" }\n";
    const Checked checked = good(text + "}\n");
    EXPECT_EQ(checked.tables->zones.size(), 1000u);
    EXPECT_EQ(checked.tables->ports.size(), 2u);
}

TEST(PolicyTables, GrantsAndDeniesAsTheKernelHoldsThem) {
    const Checked checked = good(
        "name: \"p\"\nmode: AUDIT\n"
        "tool { name: \"a\" program { path: \"/usr/bin/a\" } }\n"
        "tool { name: \"b\" label: \"l\" program { path: \"/usr/bin/b\" } }\n"
        "tool { name: \"c\" label: \"m\" label: \"l\" program { path: \"/usr/bin/c\" } }\n"
        "grant { tool: \"b\" max_uses: 3 from: \"1m\" until: \"2m\" }\n"
        "grant { tool: \"a\" }\n"
        "grant { tool: \"b\" only_after: \"a\" never_after: \"m\" approval { scope: SESSION wait: \"5m\" } }\n"
        "grant { tool: \"c\" only_after: \"a\" }\n"
        "deny { label: \"l\" after: \"c\" always: true }\n");
    const Tables& tables = *checked.tables;
    EXPECT_EQ(tables.head.mode, REMIT_AUDIT);
    EXPECT_EQ(tables.head.granted[0], 1u);
    EXPECT_EQ(tables.head.conditional[0], 6u);
    EXPECT_EQ(tables.head.denied[0], 6u);
    ASSERT_EQ(tables.grants.size(), 3u);
    EXPECT_EQ(tables.grants[0].tool, 1u);
    EXPECT_EQ(tables.grants[0].nth, 0u);
    EXPECT_EQ(tables.grants[0].grant.rule, 0u);
    EXPECT_EQ(tables.grants[0].grant.max_uses, 3u);
    EXPECT_EQ(tables.grants[0].grant.from_ns, 60'000'000'000u);
    EXPECT_EQ(tables.grants[0].grant.until_ns, 120'000'000'000u);
    EXPECT_EQ(tables.grants[1].nth, 1u);
    EXPECT_EQ(tables.grants[1].grant.rule, 2u);
    EXPECT_EQ(tables.grants[1].grant.only_after[0], 1u);
    EXPECT_EQ(tables.grants[1].grant.never_after[REMIT_TOOL_WORDS], 2u);
    EXPECT_EQ(tables.grants[1].grant.flags, REMIT_GRANT_APPROVAL);
    ASSERT_EQ(tables.denies.size(), 1u);
    EXPECT_EQ(tables.denies[0].tools[0], 6u);
    EXPECT_EQ(tables.denies[0].after[0], 4u);
    EXPECT_EQ(tables.denies[0].rule, 4u);
    EXPECT_EQ(tables.denies[0].flags, REMIT_DENY_ALWAYS);
    EXPECT_EQ(checked.policy->grants[2].approval->wait_ns, 300'000'000'000u);
}

// Ten thousand rules are a matter of milliseconds; the bound is wide for loaded machines and sanitizers, and narrow for n².
TEST(PolicyTables, TenThousandRules) {
    World world(3);
    std::string text = "name: \"p\"\n";
    for (int t = 0; t < 100; t++) {
        text += "tool { name: \"t" + std::to_string(t) + "\"\n";
        for (int e = 0; e < 100; e++) {
            const int n = t * 100 + e;
            text += n % 2 ? "endpoint { cidr: \"10." + std::to_string(n / 250) + "." + std::to_string(n % 250) + ".0/24\" port: \"" +
                                std::to_string(1 + n) + "\" }\n"
                          : "endpoint { cidr: \"2001:db8:" + std::to_string(n) + "::/48\" port: \"443\" port: \"8000-8999\" }\n";
        }
        text += "}\ngrant { tool: \"t" + std::to_string(t) + "\" }\n";
    }
    const auto before = std::chrono::steady_clock::now();
    const Checked checked = good(text);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - before);
    EXPECT_LT(took.count(), 3000);
    RecordProperty("milliseconds", static_cast<int>(took.count()));
}

TEST(PolicyTables, MoreThanTheKernelHoldsIsAnError) {
    Policy policy;
    policy.tools.resize(256);
    // Every tool its own port on the whole Internet, and a few thousand prefixes that repeat them all with something added.
    for (uint16_t tool = 0; tool < 256; tool++)
        for (uint16_t n = 0; n < 8; n++)
            policy.tools[tool].endpoints.push_back(
                {.prefix = {Address{}, 1},
                 .ports = {{static_cast<uint16_t>(1 + tool * 16 + n * 2), static_cast<uint16_t>(1 + tool * 16 + n * 2)}}});
    for (int i = 0; i < 4096; i++)
        policy.tools[0].endpoints.push_back({.prefix = {Address{0, static_cast<uint8_t>(i), static_cast<uint8_t>(i >> 8)}, 24},
                                             .ports = {{static_cast<uint16_t>(40000 + i), static_cast<uint16_t>(40000 + i)}}});
    Result<Tables> tables = compile(policy);
    ASSERT_FALSE(tables);
    EXPECT_EQ(tables.error().code, Code::kBadData);
}

}  // namespace
}  // namespace remit::policy::testing
