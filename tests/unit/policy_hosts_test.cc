// Rules by name: which cover a name, and what an address is worth that names were found to have.
#include <netinet/in.h>

#include "policy/hosts.h"
#include "policy/tables.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

constexpr const char* kPolicy =
    "name: \"p\"\n"
    "tool { name: \"git\" endpoint { host: \"git.example\" port: \"443\" } }\n"
    "tool { name: \"docs\" endpoint { host: \"*.docs.example\" } }\n"
    "tool { name: \"net\" endpoint { cidr: \"10.0.0.0/8\" port: \"22\" } endpoint { cidr: \"fd00::/8\" } }\n"
    "grant { tool: \"git\" }\ngrant { tool: \"docs\" }\ngrant { tool: \"net\" }\n";

remit_toolset toolset_at(const std::vector<Tables::Port>& ports, uint16_t port, uint16_t protocol) {
    for (const Tables::Port& each : ports)
        if (each.protocol == protocol && (each.port ^ port) >> (16 - each.bits) == 0) return each.toolset;
    return {};
}

TEST(PolicyHosts, WholeLabelsOnly) {
    const Checked checked = good(kPolicy);
    const Hosts hosts(*checked.policy);
    for (const char* name : {"git.example", "a.docs.example", "b.a.docs.example"}) EXPECT_TRUE(hosts.covers(name)) << name;
    for (const char* name : {"", "example", "a.git.example", "docs.example", "mydocs.example", "docs.example.com", "git.example."})
        EXPECT_FALSE(hosts.covers(name)) << name;
    EXPECT_FALSE(covers_name({.name = "docs.example", .wildcard = true}, ".docs.example"));
}

TEST(PolicyHosts, OnlyPoliciesWithNamesSendTheirDnsToTheDaemon) {
    EXPECT_TRUE(good(kPolicy).tables->head.flags & REMIT_NAMES);
    const Checked addresses = good("name: \"p\"\ntool { name: \"a\" endpoint { host: \"10.0.0.1\" } endpoint { host: \"fd00::1\" } }\n");
    EXPECT_FALSE(addresses.tables->head.flags & REMIT_NAMES);
}

TEST(PolicyHosts, AnAddressIsWorthItsNamesAndItsOwnRules) {
    const Checked checked = good(kPolicy);
    const Policy& policy = *checked.policy;
    const Hosts hosts(policy);
    const std::vector<std::string> names{"git.example", "a.docs.example"};
    const Address inside = *parse_address("10.1.2.3"), outside = *parse_address("192.0.2.1");
    const auto ports = ports_of(policy, worth_of(policy, hosts, names, inside), 7);
    for (const Tables::Port& port : ports) EXPECT_EQ(port.zone, 7u);
    EXPECT_EQ(toolset_at(ports, 443, IPPROTO_TCP).covers[0], 0b011u);
    EXPECT_EQ(toolset_at(ports, 443, IPPROTO_TCP).best[0], 0b001u);
    EXPECT_EQ(toolset_at(ports, 22, IPPROTO_TCP).covers[0], 0b110u);
    EXPECT_EQ(toolset_at(ports, 22, IPPROTO_TCP).best[0], 0b010u) << "a wildcard host is more specific than an address range";
    EXPECT_EQ(toolset_at(ports, 80, IPPROTO_UDP).best[0], 0b010u);
    EXPECT_EQ(worth_of(policy, hosts, names, outside), worth_of(policy, hosts, names, std::nullopt));
    EXPECT_NE(worth_of(policy, hosts, names, outside), worth_of(policy, hosts, names, inside));
    EXPECT_TRUE(covers_address(policy, inside));
    EXPECT_FALSE(covers_address(policy, outside));
}

TEST(PolicyHosts, AHostByAddressAndOneByNameAreEquallyExact) {
    const Checked checked = good(
        "name: \"p\"\ntool { name: \"a\" endpoint { host: \"10.0.0.1\" } endpoint { host: \"fd00::1\" } }\n"
        "tool { name: \"b\" endpoint { host: \"git.example\" } }\n");
    const Hosts hosts(*checked.policy);
    const std::vector<std::string> names{"git.example"};
    const auto ports = ports_of(*checked.policy, worth_of(*checked.policy, hosts, names, parse_address("10.0.0.1")), 0);
    EXPECT_EQ(toolset_at(ports, 443, IPPROTO_TCP).best[0], 0b11u);
}

}  // namespace
}  // namespace remit::policy::testing
