// Trail lines as lines for people, tables, and what may reach a terminal.
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/fd.h"
#include "cli/refusals.h"
#include "cli/render.h"
#include "cli/table.h"

namespace remit::cli {
namespace {

constexpr const char* kRefusedConnect = R"x({"v":1,"seq":412,"ts":"2026-11-24T09:31:02.123456789Z","kind":"crossing",)x"
                                        R"x("session":{"id":"01934c1e-aaaa-7bbb-8ccc-0123456789ab","name":"fix-1432"},)x"
                                        R"x("crossing":"connect","object":{"protocol":"tcp","address":"10.20.1.7","port":443},)x"
                                        R"x("tool":"deploy","rule":"grant deploy (coding.textproto:31)",)x"
                                        R"x("verdict":"deny","reason":"ONLY_AFTER","effect":"refused","latency_ns":310})x";

TEST(Render, ACrossingIsOneAlignedLine) {
    EXPECT_EQ(render_line(kRefusedConnect, {}),
              "09:31:02.123  fix-1432       connect tcp 10.20.1.7:443                      deploy       deny ONLY_AFTER    refused 310ns   "
              "grant deploy (coding.textproto:31)");
}

TEST(Render, ColoursFollowTheEffect) {
    EXPECT_NE(render_line(kRefusedConnect, {true, false}).find(kRed), std::string::npos);
    std::string passed = R"({"kind":"crossing","ts":"2026-11-24T09:31:02.123456789Z","verdict":"allow","effect":"passed"})";
    EXPECT_NE(render_line(passed, {true, false}).find(kGreen), std::string::npos);
    std::string audited = R"({"kind":"crossing","ts":"2026-11-24T09:31:02.123456789Z","verdict":"deny","effect":"passed"})";
    EXPECT_NE(render_line(audited, {true, false}).find(kYellow), std::string::npos);
    EXPECT_EQ(render_line(passed, {}).find('\033'), std::string::npos);
}

TEST(Render, SessionsWithoutNameShowAPrefixOfTheirId) {
    std::string line = render_line(
        R"({"kind":"crossing","ts":"2026-11-24T09:31:02.1Z","crossing":"exec","session":{"id":"01934c1e-aaaa-7bbb-8ccc-0123456789ab"}})",
        {});
    EXPECT_NE(line.find("01934c1e-aaaa "), std::string::npos);
}

TEST(Render, OtherKindsSayTheirFields) {
    std::string line =
        render_line(R"({"v":1,"seq":9,"ts":"2026-11-24T09:31:02.123456789Z","kind":"audit_gap","cpu":1,"first":"5","last":"9","count":5})",
                    {false, true});
    EXPECT_EQ(line.substr(0, 23), "2026-11-24 09:31:02.123");
    EXPECT_NE(line.find("audit_gap"), std::string::npos);
    EXPECT_NE(line.find("count=5"), std::string::npos);
}

TEST(Render, ActorsAndDurationsAreForPeople) {
    std::string line = render_line(
        R"({"kind":"session_start","ts":"2026-11-24T09:31:02.123456789Z","session":{"name":"a","policy":"coding","tier":"base"},)"
        R"("actor":{"uid":1000,"gids":[1000],"pid":7},"lifetime_ns":3600000000000})",
        {});
    EXPECT_EQ(line, "09:31:02.123  a              session_start policy=coding tier=base lifetime=1h by uid 1000");
}

TEST(Render, NothingFromOutsideReachesTheTerminal) {
    for (const char* line :
         {R"({"kind":"crossing","crossing":"exec","object":{"path":"/tmp/\u001b[31mred\nnew"},"session":{"name":"\u202eevil"}})",
          "\033[2Jno json\nat all", R"({"kind":"\u001b]0;title\u0007","x\u001b":"\u009b"})", "[1,2]", "", "null", "{}",
          R"({"kind":"crossing","session":"text","object":7,"latency_ns":"soon","count":{}})"}) {
        std::string shown = render_line(line, {});
        EXPECT_EQ(shown.find('\033'), std::string::npos) << shown;
        EXPECT_EQ(shown.find('\n'), std::string::npos) << shown;
        EXPECT_EQ(shown.find("\u202e"), std::string::npos) << shown;
    }
}

TEST(Render, ObjectsInWords) {
    auto words = [](const char* object) { return object_in_words({{"object", nlohmann::json::parse(object)}}); };
    EXPECT_EQ(words(R"({"path":"/usr/bin/git","ino":"5"})"), "/usr/bin/git");
    EXPECT_EQ(words(R"({"protocol":"udp","address":"2001:db8::1","port":53})"), "udp [2001:db8::1]:53");
    EXPECT_EQ(words(R"({"protocol":"tcp","address":"10.0.0.1","port":443,"host":"a.example"})"), "tcp 10.0.0.1:443 a.example");
    EXPECT_EQ(words(R"({"abstract":"dbus"})"), "@dbus");
    EXPECT_EQ(words(R"({"family":"packet","type":"raw","protocol":"3"})"), "socket packet raw 3");
}

TEST(Render, OnlyWhatDidNotPassIsARefusal) {
    auto refusal = refusal_of(nlohmann::json::parse(kRefusedConnect));
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->tool, "deploy");
    EXPECT_FALSE(refusal_of({{"kind", "crossing"}, {"effect", "passed"}}));
    EXPECT_FALSE(refusal_of({{"kind", "session_start"}}));
    EXPECT_FALSE(refusal_of(nlohmann::json::parse("[]")));
}

TEST(Table, ColumnsLineUpByCharactersNotBytes) {
    Table table({"NAME", "N"});
    table.add({"größe", "1"});
    table.add({"x", "22"});
    EXPECT_EQ(table.to_text(false), "NAME   N\ngröße  1\nx      22\n");
    table.add({"\033[31m", ""});
    EXPECT_EQ(table.to_text(false).find('\033'), std::string::npos);
}

class RefusalLines : public testing::Test {
protected:
    void SetUp() override {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        read_.reset(ends[0]);
        write_.reset(ends[1]);
    }
    std::string said() {
        std::string text(65536, 0);
        pollfd ready{read_.get(), POLLIN, 0};
        if (::poll(&ready, 1, 0) != 1) return "";
        text.resize(static_cast<size_t>(::read(read_.get(), text.data(), text.size())));
        return text;
    }
    Fd read_, write_;
};

TEST_F(RefusalLines, TheFirstOfEachObjectOnly) {
    Refusals refusals(write_.get(), "s1", false);
    for (int i = 0; i < 3; i++) refusals.say_record(kRefusedConnect, true);
    std::string text = said();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(text.substr(0, 38), "remit: refused connect tcp 10.20.1.7:4");
}

TEST_F(RefusalLines, WhatLibcTriesByItselfIsNotSaid) {
    Refusals refusals(write_.get(), "s1", false);
    refusals.say_record(R"({"kind":"crossing","crossing":"unix","object":{"path":"/var/run/nscd/socket"},"verdict":"deny",)"
                        R"("reason":"NO_TOOL","effect":"refused"})",
                        true);
    for (const char* address : {R"("address":"192.0.2.1","port":0)", R"("address":"2001:db8::1","port":65535,"host":"git.corp.example")"})
        refusals.say_record(std::string(R"({"kind":"crossing","crossing":"connect","object":{"protocol":"udp",)") + address +
                                R"(},"verdict":"deny","reason":"NO_TOOL","effect":"refused"})",
                            true);
    refusals.say_record(R"({"kind":"crossing","crossing":"unix","object":{"path":"/run/docker.sock"},"verdict":"deny",)"
                        R"("reason":"NO_TOOL","effect":"refused"})",
                        true);
    EXPECT_EQ(said().substr(0, 37), "remit: refused unix /run/docker.sock:");
}

TEST_F(RefusalLines, AQuestionThatHoldsAConnectIsSaid) {
    Refusals refusals(write_.get(), "s1", false);
    refusals.say_record(R"({"kind":"approval_asked","crossing_id":"01f","crossing":"connect","object":{"protocol":"tcp",)"
                        R"("address":"10.20.1.7","port":443},"tool":"deploy","verdict":"pending","reason":"APPROVAL","effect":"held"})",
                        true);
    EXPECT_EQ(said(), "remit: connect tcp 10.20.1.7:443 (tool deploy) waits for a person: remit approve 01f (or reject)\n");
    refusals.say_record(R"({"kind":"approval_asked","crossing_id":"01f","crossing":"exec","object":{"path":"/usr/bin/make"},)"
                        R"("tool":"make","verdict":"pending","reason":"APPROVAL","effect":"held"})",
                        true);
    EXPECT_EQ(said(), "") << "the keeper's answer said it";
}

TEST_F(RefusalLines, ASearchAlongPathIsOneLine) {
    Refusals refusals(write_.get(), "s1", false);
    auto now = Refusals::Clock::now();
    for (int i = 0; i < 3; i++) refusals.say("refused exec /usr/bin/ls", now);
    refusals.say("refused exec /usr/bin/ls", now + std::chrono::seconds(1));
    EXPECT_EQ(said(), "remit: refused exec /usr/bin/ls\nremit: refused exec /usr/bin/ls\n");
}

TEST_F(RefusalLines, RefusedExecsAreNotSaidTwice) {
    Refusals refusals(write_.get(), "s1", false);
    std::string exec =
        R"({"kind":"crossing","crossing":"exec","object":{"path":"/x"},"verdict":"deny","reason":"NO_TOOL","effect":"refused"})";
    refusals.say_record(exec, true);
    EXPECT_EQ(said(), "");
    refusals.say_record(exec, false);
    EXPECT_NE(said(), "");
}

TEST_F(RefusalLines, AFloodIsCountedNotSaid) {
    Refusals refusals(write_.get(), "s1", false);
    auto now = Refusals::Clock::now();
    for (int i = 0; i < 1000; i++) refusals.say("line " + std::to_string(i), now);
    refusals.say("later", now + std::chrono::seconds(1));
    std::string text = said();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 22);
    EXPECT_NE(text.find("980 more refusals were not shown here; see `remit why s1`"), std::string::npos);
}

TEST_F(RefusalLines, AReaderThatDoesNotReadHoldsNobodyUp) {
    Refusals refusals(write_.get(), "s1", true);
    auto now = Refusals::Clock::now();
    for (int i = 0; i < 2000; i++) refusals.say(std::string(4000, 'x'), now += std::chrono::seconds(1));
    SUCCEED();  // did not block
}

}  // namespace
}  // namespace remit::cli
