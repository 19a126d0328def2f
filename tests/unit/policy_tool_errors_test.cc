// Errors of the head and of tools: programs, endpoints, listeners, sockets. Each at its place.
#include "unit/policy_cases.h"

namespace remit::policy::testing {
namespace {

class PolicyToolError : public ::testing::TestWithParam<Case> {};

TEST_P(PolicyToolError, IsSaidAtItsPlaceAndAlone) {
    expect_errors(GetParam());
}

const Case kToolCases[] = {
    {"PolicyWithoutName", "§version: \"1\"\n", {"missing-name"}},
    {"ToolWithoutName", "name: \"p\"\n§tool { program { path: \"/usr/bin/a\" } }\n", {"missing-name"}},
    {"ExampleWithoutName", "name: \"p\"\n§example { }\n", {"missing-name"}},
    {"BadPolicyName", "§name: \"a b\"\n", {"bad-name"}},
    {"BadToolName", "name: \"p\"\ntool { §name: \"-x\" program { path: \"/usr/bin/a\" } }\n", {"bad-name"}},
    {"BadLabel", "name: \"p\"\ntool { name: \"a\" §label: \"\" program { path: \"/usr/bin/a\" } }\n", {"bad-name"}},
    {"DuplicateTool", "name: \"p\"\n" REMIT_TOOL("a") "tool { §name: \"a\" program { path: \"/usr/bin/a\" } }\n", {"duplicate-name"}},
    {"LabelLikeATool",
     "name: \"p\"\n" REMIT_TOOL("a") "tool { name: \"b\" §label: \"a\" program { path: \"/usr/bin/a\" } }\n",
     {"duplicate-name"}},
    {"BadAbout", "name: \"p\"\n§about: \"a\\nb\"\n", {"bad-text"}},
    {"BadToolAbout", "name: \"p\"\ntool { name: \"a\" §about: \"\\xff\" program { path: \"/usr/bin/a\" } }\n", {"bad-text"}},
    {"BadReason", "name: \"p\"\n" REMIT_TOOL("a") "deny { tool: \"a\" §reason: \"\\033[2J\" }\n", {"bad-text"}},
    {"BadExampleName", "name: \"p\"\nexample { §name: \"\\r\" }\n", {"bad-text"}},
    {"PathWithControl", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/\\n\" } }\n", {"bad-path"}},
    {"CoversNothing", "name: \"p\"\n§tool { name: \"a\" }\n", {"empty-tool"}},
    {"HostBits", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.20.0.1/16\" } }\n", {"bad-cidr"}},
    {"NoPrefixLength", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.20.0.1\" } }\n", {"bad-cidr"}},
    {"PrefixTooLong", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.20.0.0/33\" } }\n", {"bad-cidr"}},
    {"CidrOfAName", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"example/8\" } }\n", {"bad-cidr"}},
    {"Ipv4InIpv6", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"::ffff:10.0.0.0/104\" } }\n", {"bad-cidr"}},
    {"PortZero", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" §port: \"0\" } }\n", {"bad-port"}},
    {"PortTooLarge", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" port: \"1\" §port: \"65536\" } }\n", {"bad-port"}},
    {"PortName", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" §port: \"https\" } }\n", {"bad-port"}},
    {"PortsBackwards", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"2001:db8::/32\" §port: \"90-80\" } }\n", {"bad-port"}},
    {"BadHost", "name: \"p\"\ntool { name: \"a\" endpoint { §host: \"10.1.2\" } }\n", {"bad-host"}},
    {"WildcardInside", "name: \"p\"\ntool { name: \"a\" endpoint { §host: \"a.*.example\" } }\n", {"bad-host"}},
    {"HostAndCidr", "name: \"p\"\ntool { name: \"a\" endpoint { host: \"2001:db8::1\" §cidr: \"2001:db8::/32\" } }\n", {"two-addresses"}},
    {"NoAddress", "name: \"p\"\ntool { name: \"a\" §endpoint { port: \"443\" } }\n", {"missing-field"}},
    {"ProgramWithoutPath", "name: \"p\"\ntool { name: \"a\" §program { } }\n", {"missing-field"}},
    {"RelativePath", "name: \"p\"\ntool { name: \"a\" program { §path: \"bin/a\" } }\n", {"bad-path"}},
    {"PathNotPlain", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/../bin/a\" } }\n", {"bad-path"}},
    {"StarsInTheMiddle", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/**/a\" } }\n", {"bad-path"}},
    {"BadSha256", "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/bin/a\" §sha256: \"12\" } }\n", {"bad-sha256"}},
    {"AnonymousWithPath", "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/bin/a\" §anonymous: true } }\n", {"bad-program"}},
    {"AnonymousWithAnotherKind", "name: \"p\"\ntool { name: \"a\" program { loader: true §anonymous: true } }\n", {"bad-program"}},
    {"AnonymousWithContent",
     "name: \"p\"\ntool { name: \"a\" program { §anonymous: true sha256: "
     "\"0000000000000000000000000000000000000000000000000000000000000000\" } }\n",
     {"bad-program"}},
    {"ForeignContent",
     "name: \"p\"\ntool { name: \"a\" program { foreign: true path: \"/mnt/a\" §sha256: "
     "\"0000000000000000000000000000000000000000000000000000000000000000\" } }\n",
     {"bad-program"}},
    {"ProgramOfNoKind", "name: \"p\"\ntool { name: \"a\" §program { loader: false } }\n", {"missing-field"}},
    {"Sha256Alone", "name: \"p\"\ntool { name: \"a\" program { §sha256: \"0g\" } }\n", {"bad-sha256"}},
    {"Sha256UpperCase",
     "name: \"p\"\ntool { name: \"a\" program { §sha256: \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\" } }\n",
     {"bad-sha256"}},
    {"ImportAbsolute", "name: \"p\"\n§import: \"/etc/x.textproto\"\n", {"bad-import"}},
    {"ImportMissing", "name: \"p\"\n§import: \"x.textproto\"\n", {"bad-import"}},
    {"ImportOfItself", "name: \"p\"\n§import: \"p.textproto\"\n", {"import-cycle"}},
    {"BadLifetime", "name: \"p\"\n§lifetime: \"8 hours\"\n", {"bad-duration"}},
    {"LifetimeOfNothing", "name: \"p\"\n§lifetime: \"0s\"\n", {"bad-duration"}},
};

const Case kSocketCases[] = {
    {"UnixPathRelative", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"run/x.sock\" } }\n", {"bad-unix-path"}},
    {"UnixPathEmpty", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"\" } }\n", {"bad-unix-path"}},
    {"UnixPathOfNothing", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"@\" } }\n", {"bad-unix-path"}},
    {"UnixPathUpwards", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"/run/../x.sock\" } }\n", {"bad-unix-path"}},
    {"UnixPathWithStar", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"/run/*.sock\" } }\n", {"bad-unix-path"}},
    {"UnixPathTooLong",
     "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: "
     "\"/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" } }\n",
     {"bad-unix-path"}},
    {"AbstractTooLong",
     "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: "
     "\"@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" } }\n",
     {"bad-unix-path"}},
    {"UnixAndHost",
     "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/x.sock\" §host: \"2001:db8::1\" } }\n",
     {"two-addresses"}},
    {"UnixAndCidr",
     "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/x.sock\" §cidr: \"2001:db8::/32\" } }\n",
     {"two-addresses"}},
    {"UnixWithPort", "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/x.sock\" §port: \"1\" } }\n", {"bad-endpoint"}},
    {"UnixWithProtocol", "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/x.sock\" §protocol: TCP } }\n", {"bad-endpoint"}},
    {"PeerOfAnAddress",
     "name: \"p\"\ntool { name: \"a\" endpoint { host: \"2001:db8::1\" §peer_program: \"/usr/bin/x\" } }\n",
     {"bad-endpoint"}},
    {"BadPeer", "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/x.sock\" §peer_program: \"x\" } }\n", {"bad-path"}},
    {"TwoPeers",
     "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/x.sock\" peer_program: \"/usr/bin/x\" } endpoint { §unix_path: "
     "\"/run/x.sock\" peer_program: \"/usr/bin/y\" } }\n",
     {"two-peers"}},
    {"PeerAndNone",
     "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"@x\" peer_program: \"/usr/bin/x\" } endpoint { §unix_path: \"@x\" } }\n",
     {"two-peers"}},
    {"ListenNowhere", "name: \"p\"\ntool { name: \"a\" §listen { port: \"80\" } }\n", {"missing-field"}},
    {"ListenOnAName", "name: \"p\"\ntool { name: \"a\" listen { §address: \"localhost\" } }\n", {"bad-address"}},
    {"ListenOnACidr", "name: \"p\"\ntool { name: \"a\" listen { §address: \"10.0.0.0/8\" } }\n", {"bad-address"}},
    {"ListenOnABadPort", "name: \"p\"\ntool { name: \"a\" listen { address: \"::\" §port: \"0\" } }\n", {"bad-port"}},
    {"ListenWrongProtocol", "name: \"p\"\ntool { name: \"a\" listen { address: \"::\" §protocol: SCTP } }\n", {"wrong-type"}},
    {"SocketOfNoFamily", "name: \"p\"\ntool { name: \"a\" §socket { protocol: \"route\" } }\n", {"missing-field"}},
    {"UnknownFamily", "name: \"p\"\ntool { name: \"a\" socket { §family: \"netlnk\" } }\n", {"unknown-family"}},
    {"FamilyAsInC", "name: \"p\"\ntool { name: \"a\" socket { §family: \"AF_NETLINK\" } }\n", {"unknown-family"}},
    {"UnknownProtocol", "name: \"p\"\ntool { name: \"a\" socket { family: \"netlink\" §protocol: \"routes\" } }\n", {"unknown-protocol"}},
    {"ProtocolOfAFamilyWithout",
     "name: \"p\"\ntool { name: \"a\" socket { family: \"packet\" §protocol: \"ip\" } }\n",
     {"unknown-protocol"}},
    {"SocketOfTcp", "name: \"p\"\ntool { name: \"a\" socket { family: \"inet\" §protocol: \"tcp\" } }\n", {"bad-socket"}},
    {"SocketOfUdp", "name: \"p\"\ntool { name: \"a\" socket { family: \"inet6\" §protocol: \"udp\" } }\n", {"bad-socket"}},
    {"SocketOfAllInet", "name: \"p\"\ntool { name: \"a\" §socket { family: \"inet\" } }\n", {"missing-field"}},
    {"SocketOfUnix", "name: \"p\"\ntool { name: \"a\" socket { §family: \"unix\" } }\n", {"bad-socket"}},
};

INSTANTIATE_TEST_SUITE_P(All, PolicyToolError, ::testing::ValuesIn(kToolCases), [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Sockets, PolicyToolError, ::testing::ValuesIn(kSocketCases), [](const auto& info) { return info.param.name; });

TEST(PolicyToolErrors, HintsOfSocketsNameTheWord) {
    const auto hint = [](const std::string& socket) {
        return check(source_of("name: \"p\"\ntool { name: \"a\" socket { " + socket + " } }\n")).diagnostics.at(0).hint;
    };
    EXPECT_EQ(hint("family: \"AF_NETLINK\""), "did you mean \"netlink\"?");
    EXPECT_EQ(hint("family: \"vsok\""), "did you mean \"vsock\"?");
    EXPECT_EQ(hint("family: \"netlink\" protocol: \"NETLINK_ROUTE\""), "did you mean \"route\"?");
    EXPECT_EQ(hint("family: \"vsock\" protocol: \"any\""), "leave the protocol out: such sockets are granted as a whole");
}

}  // namespace
}  // namespace remit::policy::testing
