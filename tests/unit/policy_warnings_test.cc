// What check warns of, each with the place at which it must be said; the policy stands.
#include "unit/policy_cases.h"

namespace remit::policy::testing {
namespace {

class PolicyWarning : public ::testing::TestWithParam<Case> {};

TEST_P(PolicyWarning, IsSaidAtItsPlaceAndThePolicyStands) {
    const Marked marked = take_marks(GetParam().text);
    const auto probe = [](const std::string& path) {
        if (path == "/usr/bin/absent") return ProgramState::kMissing;
        return path == "/usr/bin/open" ? ProgramState::kWritableByOthers : ProgramState::kFine;
    };
    const Checked checked = check(source_of(marked.text), probe);
    EXPECT_EQ(summary(checked.diagnostics, Severity::kWarning), expected_of(GetParam(), marked)) << all_text(checked.diagnostics);
    EXPECT_TRUE(checked.policy) << all_text(checked.diagnostics);
}

const Case kCases[] = {
    {"Ipv4Only", "name: \"p\"\ntool { name: \"a\" endpoint { §cidr: \"10.0.0.0/8\" } endpoint { host: \"10.0.0.1\" } }\n", {"ipv4-only"}},
    {"BothFamilies", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"10.0.0.0/8\" } endpoint { cidr: \"fd00::/8\" } }\n", {}},
    {"NamesHaveBoth", "name: \"p\"\ntool { name: \"a\" endpoint { cidr: \"10.0.0.0/8\" } endpoint { host: \"git.example\" } }\n", {}},
    {"WildcardHost", "name: \"p\"\ntool { name: \"a\" endpoint { §host: \"*.docs.example\" } }\n", {"wildcard-host"}},
    {"OtherwiseAllow", "name: \"p\"\n§otherwise: ALLOW\n", {"otherwise-allow"}},
    {"Shell",
     "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/bin/git\" } program { §path: \"/usr/bin/bash\" } }\n",
     {"interpreter"}},
    {"Version", "name: \"p\"\ntool { name: \"a\" program { §path: \"/opt/py/bin/python3.12\" } }\n", {"interpreter"}},
    {"Folder", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/*\" } }\n", {"interpreter"}},
    {"Below", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/**\" } }\n", {"interpreter"}},
    {"Glob", "name: \"p\"\ntool { name: \"a\" program { §path: \"/opt/bin/python3*\" } }\n", {"interpreter"}},
    {"NoInterpreter", "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/lib/git-core/**\" } }\n", {}},
    {"Missing", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/absent\" } }\ngrant { tool: \"a\" }\n", {"missing-program"}},
    {"MissingAndNotGranted", "name: \"p\"\ntool { name: \"a\" program { path: \"/usr/bin/absent\" } }\n", {}},
    {"Writable", "name: \"p\"\ntool { name: \"a\" program { §path: \"/usr/bin/open\" } }\n", {"writable-program"}},
    {"Anonymous", "name: \"p\"\ntool { name: \"a\" §program { anonymous: true } }\n", {"interpreter"}},
    {"Loader", "name: \"p\"\ntool { name: \"a\" §program { loader: true } }\n", {"interpreter"}},
    {"SetIdAndForeign", "name: \"p\"\ntool { name: \"a\" program { set_id: true } program { foreign: true } }\n", {}},
    {"UnixAny", "name: \"p\"\n§unix: ANY\n", {"unix-any"}},
    {"UnixGranted", "name: \"p\"\nunix: GRANTED\n", {}},
    {"Docker", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"/run/docker.sock\" } }\n", {"broker-socket"}},
    {"DockerDenied", "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/docker.sock\" } }\ndeny { tool: \"a\" }\n", {}},
    {"DockerDeniedLater",
     "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"/run/docker.sock\" } }\ntool { name: \"b\" program { path: \"/usr/bin/git\" "
     "} "
     "}\ngrant { tool: \"b\" }\ndeny { tool: \"a\" after: \"b\" }\n",
     {"broker-socket"}},
    {"DockerElsewhere", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"/var/run/docker.sock\" } }\n", {"broker-socket"}},
    {"BrokerWithPeer",
     "name: \"p\"\ntool { name: \"a\" endpoint { peer_program: \"/usr/bin/x\" §unix_path: \"/run/dbus/system_bus_socket\" } }\n",
     {"broker-socket"}},
    {"X11", "name: \"p\"\ntool { name: \"a\" endpoint { §unix_path: \"@/tmp/.X11-unix/X0\" } }\n", {"broker-socket"}},
    {"Database", "name: \"p\"\ntool { name: \"a\" endpoint { unix_path: \"/run/postgresql/.s.PGSQL.5432\" } }\n", {}},
    {"Packet", "name: \"p\"\ntool { name: \"a\" §socket { family: \"packet\" } }\n", {"unjudged-socket"}},
    {"Ping", "name: \"p\"\ntool { name: \"a\" §socket { family: \"inet\" protocol: \"icmp\" } }\n", {"unjudged-socket"}},
    {"Netlink", "name: \"p\"\ntool { name: \"a\" socket { family: \"netlink\" protocol: \"route\" } }\n", {}},
    {"ListenOnLoopback", "name: \"p\"\ntool { name: \"a\" listen { §address: \"127.0.0.1\" } }\n", {"loopback-listen"}},
    {"ListenElsewhere", "name: \"p\"\ntool { name: \"a\" listen { address: \"0.0.0.0\" } }\n", {}},
    {"WaitsForUngranted", "name: \"p\"\n" REMIT_TOOL("a") REMIT_TOOL("b") "grant { tool: \"a\" §only_after: \"b\" }\n", {"never-seen"}},
};

INSTANTIATE_TEST_SUITE_P(All, PolicyWarning, ::testing::ValuesIn(kCases), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace remit::policy::testing
