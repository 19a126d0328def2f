#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "daemon/traffic.h"

namespace remit::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

policy::Policy a_policy() {
    policy::Policy policy;
    policy.name = "coding";
    policy.tools.resize(2);
    policy.tools[0].name = "repo";
    policy.tools[1].name = "web";
    return policy;
}

remit_flow a_flow(uint16_t tool, uint8_t last, uint64_t bytes) {
    remit_flow flow{};
    flow.bytes_out = bytes;
    flow.bytes_in = 2 * bytes;
    flow.packets_out = 1;
    flow.packets_in = 2;
    flow.address[10] = flow.address[11] = 0xff;
    flow.address[12] = 10;
    flow.address[15] = last;
    flow.port = 443;
    flow.protocol = IPPROTO_TCP;
    flow.tool = tool;
    return flow;
}

std::string no_host(const policy::Address&) {
    return {};
}

TEST(Traffic, HasTheLargestFirstAndSumsTheRestByTool) {
    std::vector<remit_flow> flows{a_flow(0, 1, 10), a_flow(1, 2, 300), a_flow(1, 3, 20), a_flow(0, 4, 100), a_flow(1, 5, 5)};
    remit_flow others{};
    others.tool = 1;
    others.bytes_in = 7;
    flows.push_back(others);
    const auto traffic = traffic_of(flows, a_policy(), no_host, 2);
    ASSERT_EQ(traffic.size(), 4U);
    EXPECT_EQ(traffic[0].endpoint.address, "10.0.0.2");
    EXPECT_EQ(traffic[0].tool, "web");
    EXPECT_EQ(traffic[1].endpoint.address, "10.0.0.4");
    EXPECT_EQ(traffic[2].endpoint.address, "");
    EXPECT_EQ(std::pair(traffic[2].tool, traffic[2].bytes_out), std::pair(std::string("repo"), uint64_t{10}));
    EXPECT_EQ(std::pair(traffic[3].tool, traffic[3].bytes_out), std::pair(std::string("web"), uint64_t{25}));
    EXPECT_EQ(traffic[3].bytes_in, 57U);
    EXPECT_EQ(traffic[3].packets_in, 4U);
}

TEST(Traffic, NamesHostsAndListeners) {
    remit_flow flow = a_flow(REMIT_NO_TOOL, 1, 10);
    flow.protocol |= REMIT_LISTENS;
    const auto traffic = traffic_of(
        {flow}, a_policy(), [](const policy::Address&) { return std::string("git.example"); }, 9);
    ASSERT_EQ(traffic.size(), 1U);
    EXPECT_EQ(traffic[0].tool, "");
    EXPECT_TRUE(traffic[0].listened);
    EXPECT_EQ(traffic[0].endpoint.protocol, "tcp");
    EXPECT_EQ(traffic[0].endpoint.host, "git.example");
}

TEST(Traffic, SumsByPolicyAndTool) {
    TrafficSums sums;
    remit_session counts{};
    counts.bytes_out = 1000;
    counts.packets_in = 3;
    sums.add_session("coding", counts);
    sums.add_session("coding", counts);
    sums.add_flow(a_policy(), a_flow(1, 1, 40));
    sums.add_flow(a_policy(), a_flow(1, 2, 2));
    std::string text;
    sums.append(text);
    EXPECT_THAT(text, HasSubstr("remit_bytes_total{policy=\"coding\",direction=\"out\"} 2000\n"));
    EXPECT_THAT(text, HasSubstr("remit_packets_total{policy=\"coding\",direction=\"in\"} 6\n"));
    EXPECT_THAT(text, HasSubstr("remit_tool_bytes_total{policy=\"coding\",tool=\"web\",direction=\"in\"} 84\n"));
    EXPECT_THAT(text, HasSubstr("remit_tool_packets_total{policy=\"coding\",tool=\"web\",direction=\"out\"} 2\n"));
    EXPECT_THAT(text, Not(HasSubstr("repo")));
}

}  // namespace
}  // namespace remit::daemon
