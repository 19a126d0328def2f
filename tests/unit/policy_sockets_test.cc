// Listeners, unix sockets and other families: attribution, tables, examples, explanations, and what the host must hold for them.
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "policy/attribute.h"
#include "policy/explain.h"
#include "policy/names.h"
#include "policy/tables.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

using Names = std::vector<std::string>;

Names listening(const Checked& checked, const char* local) {
    return tool_names(*checked.policy, find_endpoint(*checked.tables, *parse_listener(local)).best);
}

TEST(PolicyListeners, AllOfIpv4AllOfBothAndOneAddress) {
    const Checked four = good("name: \"p\"\ntool { name: \"a\" listen { address: \"0.0.0.0\" port: \"3000-3999\" protocol: TCP } }\n");
    EXPECT_EQ(listening(four, "0.0.0.0:3000"), Names{"a"});
    EXPECT_EQ(listening(four, "192.0.2.1:3999"), Names{"a"});
    EXPECT_EQ(listening(four, "[::]:3000"), Names{});
    EXPECT_EQ(listening(four, "[2001:db8::1]:3000"), Names{});
    EXPECT_EQ(listening(four, "0.0.0.0:4000"), Names{});
    EXPECT_EQ(listening(four, "0.0.0.0:3000/udp"), Names{});
    const Checked all = good("name: \"p\"\ntool { name: \"a\" listen { address: \"::\" } }\n");
    for (const char* local : {"[::]:80", "[2001:db8::1]:80", "0.0.0.0:80", "192.0.2.1:80/udp"})
        EXPECT_EQ(listening(all, local), Names{"a"});
    const Checked one = good("name: \"p\"\ntool { name: \"a\" listen { address: \"192.0.2.1\" port: \"80\" } }\n");
    EXPECT_EQ(listening(one, "192.0.2.1:80"), Names{"a"});
    EXPECT_EQ(listening(one, "192.0.2.2:80"), Names{});
    EXPECT_EQ(listening(one, "0.0.0.0:80"), Names{});
}

TEST(PolicyListeners, NeverCoverEndpointsNorTheOtherWayRound) {
    const Checked checked = good(
        "name: \"p\"\ntool { name: \"out\" endpoint { cidr: \"0.0.0.0/0\" } endpoint { cidr: \"::/0\" } }\n"
        "tool { name: \"in\" listen { address: \"::\" } }\n");
    for (const char* text : {"192.0.2.1:80", "[2001:db8::1]:80", "0.0.0.0:80/udp", "[::]:80"}) {
        EXPECT_EQ(listening(checked, text), Names{"in"});
        EXPECT_EQ(tool_names(*checked.policy, find_endpoint(*checked.tables, *parse_target(text)).covers), Names{"out"});
    }
    const Checked six = good(
        "name: \"p\"\ntool { name: \"six\" endpoint { cidr: \"::/0\" } }\ntool { name: \"in\" listen { address: \"::\" port: \"80\" } }\n");
    EXPECT_EQ(listening(six, "192.0.2.1:80"), Names{"in"});
    EXPECT_EQ(find_endpoint(*six.tables, *parse_target("192.0.2.1:80")).covers[0], 0u);
}

TEST(PolicyUnix, NamesArePathsOrAbstract) {
    const Checked checked = good(
        "name: \"p\"\ntool { name: \"db\" label: \"l\" endpoint { unix_path: \"/run/db.sock\" } endpoint { unix_path: \"@db\" } }\n"
        "tool { name: \"twin\" endpoint { unix_path: \"@db\" } }\n");
    const Policy& policy = *checked.policy;
    EXPECT_EQ(tool_names(policy, unix_toolset(policy, {"/run/db.sock"}).best), Names{"db"});
    EXPECT_EQ(tool_names(policy, unix_toolset(policy, {"/var/run/db.sock", "/run/db.sock"}).best), Names{"db"});
    EXPECT_EQ(tool_names(policy, unix_toolset(policy, {"/run/other.sock"}).covers), Names{});
    EXPECT_EQ(tool_names(policy, unix_toolset(policy, {"/db"}).covers), Names{});
    ASSERT_EQ(checked.tables->unix_names.size(), 1u);
    EXPECT_EQ(checked.tables->unix_names[0].name, "db");
    EXPECT_EQ(tool_names(policy, checked.tables->unix_names[0].toolset.best), (Names{"db", "twin"}));
    EXPECT_EQ(checked.tables->unix_names[0].toolset.labels, 1u);
    EXPECT_EQ(checked.tables->unix_names[0].toolset.peer_endpoint, 0u);
}

TEST(PolicyUnix, TheLongestNames) {
    const std::string path = "/" + std::string(106, 'x'), abstract = "@" + std::string(107, 'x');
    good("name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"" + path + "\" } endpoint { unix_path: \"" + abstract + "\" } }\n");
}

TEST(PolicyUnix, APeerIsAskedForByNumber) {
    const Checked checked = good(
        "name: \"p\"\n"
        "tool { name: \"plain\" endpoint { unix_path: \"/run/plain\" } }\n"
        "tool { name: \"db\" endpoint { unix_path: \"/run/db\" peer_program: \"/usr/lib/postgresql/**\" } }\n"
        "tool { name: \"twin\" label: \"l\" endpoint { unix_path: \"/run/db\" peer_program: \"/usr/lib/postgresql/**\" } }\n"
        "tool { name: \"abstract\" endpoint { unix_path: \"@x\" peer_program: \"/usr/bin/x\" } }\n");
    const Policy& policy = *checked.policy;
    EXPECT_EQ(unix_toolset(policy, {"/run/plain"}).peer_endpoint, 0u);
    const remit_toolset db = unix_toolset(policy, {"/run/db"});
    EXPECT_EQ(db.peer_endpoint, 1u);
    EXPECT_EQ(tool_names(policy, db.best), (Names{"db", "twin"}));
    const remit_toolset right = peer_toolset(policy, 1, {"/usr/lib/postgresql/15/bin/postgres"});
    EXPECT_EQ(tool_names(policy, right.best), (Names{"db", "twin"}));
    EXPECT_EQ(right.labels, 1u);
    EXPECT_EQ(right.peer_endpoint, 0u);
    EXPECT_EQ(tool_names(policy, peer_toolset(policy, 1, {"/usr/bin/x"}).covers), Names{});
    EXPECT_EQ(tool_names(policy, peer_toolset(policy, 2, {"/usr/bin/x"}).best), Names{"abstract"});
    EXPECT_EQ(tool_names(policy, peer_toolset(policy, 3, {"/usr/bin/x"}).covers), Names{});
    EXPECT_EQ(tool_names(policy, peer_toolset(policy, 0, {"/usr/bin/x"}).covers), Names{});
    EXPECT_EQ(checked.tables->unix_names.at(0).toolset.peer_endpoint, 2u);
}

// One socket by two names, whose rules do not agree on who listens: denies still see both, and nobody is given it.
TEST(PolicyUnix, NamesThatAskForDifferentPeers) {
    const Checked checked = good(
        "name: \"p\"\n"
        "tool { name: \"a\" label: \"l\" endpoint { unix_path: \"/run/a\" peer_program: \"/usr/bin/a\" } }\n"
        "tool { name: \"b\" endpoint { unix_path: \"/run/b\" } endpoint { unix_path: \"/run/c\" peer_program: \"/usr/bin/b\" }\n"
        "  endpoint { unix_path: \"/run/d\" peer_program: \"/usr/bin/b\" } }\n");
    const Policy& policy = *checked.policy;
    for (const Names& names : {Names{"/run/a", "/run/b"}, Names{"/run/a", "/run/c"}}) {
        const remit_toolset both = unix_toolset(policy, names);
        EXPECT_EQ(tool_names(policy, both.covers), (Names{"a", "b"}));
        EXPECT_EQ(tool_names(policy, both.best), Names{});
        EXPECT_EQ(both.labels, 0u);
        EXPECT_EQ(both.peer_endpoint, 0u);
    }
    const remit_toolset same = unix_toolset(policy, {"/run/d", "/run/c"});
    EXPECT_EQ(tool_names(policy, same.best), Names{"b"});
    EXPECT_EQ(tool_names(policy, peer_toolset(policy, same.peer_endpoint, {"/usr/bin/b"}).best), Names{"b"});
}

TEST(PolicyFamilies, ByFamilyAndProtocol) {
    const Checked checked = good(
        "name: \"p\"\ntool { name: \"route\" socket { family: \"netlink\" protocol: \"route\" } }\n"
        "tool { name: \"netlink\" socket { family: \"netlink\" } socket { family: \"vsock\" } }\n"
        "tool { name: \"ping\" socket { family: \"inet\" protocol: \"icmp\" } socket { family: \"inet6\" protocol: \"icmpv6\" } }\n");
    const Policy& policy = *checked.policy;
    std::vector<std::tuple<int, int, Names, Names>> found;
    for (const Tables::Family& each : checked.tables->families)
        found.emplace_back(each.family, each.protocol, tool_names(policy, each.toolset.covers), tool_names(policy, each.toolset.best));
    const decltype(found) expected = {
        {AF_INET, IPPROTO_ICMP, {"ping"}, {"ping"}},
        {AF_INET6, IPPROTO_ICMPV6, {"ping"}, {"ping"}},
        {AF_NETLINK, NETLINK_ROUTE, {"route", "netlink"}, {"route"}},
        {AF_NETLINK, REMIT_ANY_PROTOCOL, {"netlink"}, {"netlink"}},
        {AF_VSOCK, REMIT_ANY_PROTOCOL, {"netlink"}, {"netlink"}},
    };
    EXPECT_EQ(found, expected);
    EXPECT_EQ(tool_names(policy, family_toolset(policy, AF_NETLINK, NETLINK_GENERIC).best), Names{"netlink"});
    EXPECT_EQ(tool_names(policy, family_toolset(policy, AF_PACKET, 0).covers), Names{});
}

TEST(PolicyHost, FlagsAndNeeds) {
    const auto flags = [](const char* head) { return int{good(std::string("name: \"p\"\n") + head).tables->head.flags}; };
    EXPECT_EQ(flags(""), 0);
    EXPECT_EQ(flags("strict_code: true\n"), REMIT_STRICT_CODE);
    EXPECT_EQ(flags("user_namespaces: true\n"), REMIT_USER_NAMESPACES);
    EXPECT_EQ(flags("unix: ANY\nstrict_code: false\n"), REMIT_UNIX_ANY);
    const auto of_socket = [&](const std::string& socket, const char* grant) {
        return flags(("tool { name: \"t\" socket { " + socket + " } }\n" + grant).c_str());
    };
    const char* grant = "grant { tool: \"t\" }\n";
    EXPECT_EQ(of_socket("family: \"inet\" protocol: \"icmp\"", grant), REMIT_RAW_SOCKETS);
    EXPECT_EQ(of_socket("family: \"inet\" protocol: \"icmp\"", ""), 0);
    EXPECT_EQ(of_socket("family: \"packet\"", grant), REMIT_RAW_SOCKETS);
    EXPECT_EQ(of_socket("family: \"inet6\" protocol: \"sctp\"", grant), 0);
    EXPECT_EQ(of_socket("family: \"vsock\"", grant), 0);
    const auto needed = [](const std::string& text) { return needs(*good("name: \"p\"\n" + text).policy); };
    const std::string plain = "tool { name: \"a\" endpoint { unix_path: \"@x\" } }\n";
    const std::string peer = "tool { name: \"b\" endpoint { unix_path: \"@y\" peer_program: \"/usr/bin/y\" } }\n";
    EXPECT_EQ(needed(""), Names{});
    EXPECT_EQ(needed("tool { name: \"a\" endpoint { cidr: \"::/0\" } socket { family: \"alg\" } program { path: \"/usr/bin/a\" } }\n"),
              Names{});
    EXPECT_EQ(needed(plain), Names{"unix-sockets"});
    EXPECT_EQ(needed(plain + peer), (Names{"unix-sockets", "unix-peers"}));
    EXPECT_EQ(needed("unix: ANY\n" + plain + peer), Names{});
    EXPECT_EQ(needed("strict_code: true\nuser_namespaces: true\ntool { name: \"a\" listen { address: \"::\" } }\n"),
              (Names{"listeners", "strict-code", "user-namespaces"}));
    EXPECT_TRUE(good("name: \"p\"\ndegrade: true\n").policy->degrade);
    EXPECT_FALSE(good("name: \"p\"\n").policy->degrade);
}

TEST(PolicySockets, ExamplesPlayThem) {
    good(
        "name: \"p\"\n"
        "tool { name: \"dev\" listen { address: \"0.0.0.0\" port: \"3000\" } }\n"
        "tool { name: \"db\" label: \"read\" endpoint { unix_path: \"/run/db\" peer_program: \"/usr/bin/db\" } }\n"
        "tool { name: \"bus\" endpoint { unix_path: \"@bus\" } }\n"
        "grant { tool: \"dev\" never_after: \"read\" }\ngrant { tool: \"db\" }\n"
        "deny { tool: \"bus\" }\n"
        "example { name: \"e\"\n"
        "step { listen: \"0.0.0.0:3000\" verdict: ALLOW tool: \"dev\" }\n"
        "step { listen: \"10.0.0.1:3000/udp\" verdict: ALLOW }\n"
        "step { listen: \"0.0.0.0:3001\" verdict: DENY reason: NO_TOOL }\n"
        "step { listen: \"127.0.0.1:3001\" verdict: ALLOW }\n"
        "step { listen: \"[::1]:3001\" verdict: ALLOW }\n"
        "step { connect: \"10.0.0.1:3000\" verdict: DENY reason: NO_TOOL }\n"
        "step { unix: \"/run/db\" verdict: ALLOW tool: \"db\" }\n"
        "step { unix: \"/run/other\" verdict: DENY reason: NO_TOOL }\n"
        "step { unix: \"@bus\" verdict: DENY reason: DENIED }\n"
        "step { listen: \"0.0.0.0:3000\" verdict: DENY reason: NEVER_AFTER }\n"
        "step { revoke: true }\n"
        "step { listen: \"127.0.0.1:3001\" verdict: DENY reason: REVOKED } }\n");
}

TEST(PolicySockets, ExplanationsNameThem) {
    const Checked checked = good(
        "name: \"p\"\ntool { name: \"dev\" listen { address: \"0.0.0.0\" port: \"3000\" } }\n"
        "tool { name: \"db\" endpoint { unix_path: \"/run/db\" peer_program: \"/usr/bin/db\" } }\n"
        "grant { tool: \"dev\" }\n");
    const auto lines = [&](const Question& question) {
        Result<Explanation> explanation = explain(*checked.policy, *checked.tables, question);
        EXPECT_TRUE(explanation);
        return to_lines(*checked.policy, *explanation);
    };
    EXPECT_EQ(lines({.object = *parse_listener("10.0.0.1:3000")}), (Names{
                                                                       "listen 10.0.0.1:3000: allow",
                                                                       "  tool dev covers it: 0.0.0.0/0 port 3000 (most specific)",
                                                                       "  grant dev (p.textproto:4): holds: it has no conditions",
                                                                       "  decided by grant dev (p.textproto:4)",
                                                                       "  the session gains: dev",
                                                                   }));
    EXPECT_EQ(lines({.object = *parse_listener("[::1]:1/udp")}), (Names{
                                                                     "listen [::1]:1/udp: allow",
                                                                     "  it is the session's own: loopback may always be listened on",
                                                                 }));
    EXPECT_EQ(lines({.object = UnixName{"/run/db"}}), (Names{
                                                          "unix /run/db: deny NOT_GRANTED",
                                                          "  tool db covers it: unix socket /run/db of /usr/bin/db (most specific)",
                                                          "  no grant for db: NOT_GRANTED",
                                                          "  decided by no grant for db",
                                                      }));
    EXPECT_EQ(lines({.object = UnixName{"@db"}})[1], "  no tool covers it");
}

}  // namespace
}  // namespace remit::policy::testing
