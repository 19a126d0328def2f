#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/lines.h"

namespace remit::daemon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

trail::Record record(const std::string& session, uint8_t effect, trail::Kind kind = trail::Kind::kCrossing) {
    trail::Record out;
    out.kind = kind;
    if (kind != trail::Kind::kSessionEnd) out.effect = effect;
    auto named = std::make_shared<trail::Session>();
    named->id = session;
    out.session = named;
    return out;
}

TEST(Lines, ReachTheWatchersThatWantThem) {
    Lines lines;
    std::vector<std::string> all, one, refused;
    auto into = [](std::vector<std::string>& to) {
        return [&to](const std::string& line) {
            to.push_back(line);
            return true;
        };
    };
    lines.watch({"", false}, into(all));
    lines.watch({"a", false}, into(one));
    lines.watch({"", true}, into(refused));
    lines.on_written(record("a", REMIT_PASSED), "1");
    lines.on_written(record("b", REMIT_KILLED), "2");
    lines.on_written(record("a", 0, trail::Kind::kSessionEnd), "3");
    lines.on_written(record("a", REMIT_HELD), "4");
    lines.on_written(record("a", REMIT_HELD, trail::Kind::kApprovalAsked), "5");
    lines.on_written(record("a", REMIT_REFUSED, trail::Kind::kApprovalAsked), "6");
    EXPECT_THAT(all, ElementsAre("1", "2", "3", "4", "5", "6"));
    EXPECT_THAT(one, ElementsAre("1", "3", "4", "5", "6"));
    EXPECT_THAT(refused, ElementsAre("2", "5"));
    EXPECT_THAT(lines.refusals("a", 10), IsEmpty());
}

TEST(Lines, LeaveWatchersAloneThatAreGone) {
    Lines lines;
    int told = 0;
    const uint64_t stays = lines.watch({}, [&](const std::string&) { return ++told > 0; });
    lines.watch({}, [&](const std::string&) {
        told += 100;
        return false;
    });
    lines.on_written(record("a", REMIT_PASSED), "1");
    lines.on_written(record("a", REMIT_PASSED), "2");
    EXPECT_EQ(told, 102);
    lines.unwatch(stays);
    lines.on_written(record("a", REMIT_PASSED), "3");
    EXPECT_EQ(told, 102);
}

TEST(Lines, KeepTheLastRefusalsOfEachSession) {
    Lines lines;
    for (int i = 0; i < 100; i++) lines.on_written(record("a", REMIT_REFUSED), "a" + std::to_string(i));
    lines.on_written(record("b", REMIT_DROPPED), "b0");
    lines.on_written(record("b", REMIT_PASSED), "b1");
    EXPECT_THAT(lines.refusals("a", 2), ElementsAre("a98", "a99"));
    EXPECT_EQ(lines.refusals("a", 1000).size(), 64u);
    EXPECT_THAT(lines.refusals("b", 5), ElementsAre("b0"));
    EXPECT_THAT(lines.refusals("", 2), ElementsAre("a99", "b0"));
    EXPECT_THAT(lines.refusals("c", 5), IsEmpty());
    lines.leave_out("canary");
    lines.on_written(record("canary", REMIT_REFUSED), "c0");
    EXPECT_THAT(lines.refusals("", 1), ElementsAre("b0"));
}

TEST(Lines, WhatLibcTriesByItselfIsNoNews) {
    Lines lines;
    const auto refuse = [&](remit_crossing crossing, trail::Object object, const char* line) {
        trail::Record refused = record("a", REMIT_REFUSED);
        refused.crossing = crossing;
        refused.object = std::move(object);
        lines.on_written(refused, line);
    };
    refuse(REMIT_CONNECT, trail::EndpointObject{"udp", "192.0.2.1", 53, {}, {}}, "datagram");
    refuse(REMIT_CONNECT, trail::EndpointObject{"tcp", "192.0.2.1", 0, {}, {}}, "stream");
    refuse(REMIT_CONNECT, trail::EndpointObject{"udp", "192.0.2.1", 0, {}, {}}, "sorts");
    refuse(REMIT_CONNECT, trail::EndpointObject{"udp", "2001:db8::1", 65535, {}, {}}, "sorts too");
    EXPECT_THAT(lines.refusals("a", 9), ElementsAre("datagram", "stream"));
}

}  // namespace
}  // namespace remit::daemon
