#include <gtest/gtest.h>

#include "cli/unused.h"

namespace remit::cli {
namespace {

control::v1::Session session_of(std::vector<std::pair<std::string, std::vector<std::string>>> tools, std::vector<std::string> seen) {
    control::v1::Session session;
    for (const auto& [name, grants] : tools) {
        auto* tool = session.add_tools();
        tool->set_name(name);
        for (const std::string& grant : grants) tool->add_grants(grant);
    }
    for (const std::string& mark : seen) session.add_seen(mark);
    return session;
}

TEST(UnusedGrants, AreThoseOfToolsThatWereNotSeen) {
    const auto session = session_of({{"git", {"grant git (p:1)"}}, {"web", {"grant web (p:2)"}}, {"none", {}}}, {"git", "a-label"});
    EXPECT_EQ(unused_grants(session, {}), std::vector<std::string>{"grant web (p:2)"});
}

TEST(UnusedGrants, OfSeveralTheTrailSaysWhichOneDecided) {
    const auto session = session_of({{"git", {"grant git (p:1)", "grant git (p:2)"}}, {"one", {"grant one (p:3)"}}}, {"git", "one"});
    EXPECT_EQ(unused_grants(session, {"grant git (p:1)"}), std::vector<std::string>{"grant git (p:2)"});
    EXPECT_TRUE(unused_grants(session, {}).empty()) << "without a trail nothing is claimed";
}

}  // namespace
}  // namespace remit::cli
