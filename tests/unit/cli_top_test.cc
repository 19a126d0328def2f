// What `remit top` shows, for terminals of any size.
#include <gtest/gtest.h>

#include "base/clock.h"
#include "cli/table.h"
#include "cli/top_screen.h"

namespace remit::cli {
namespace {

std::string text_of(const TopLine& line) {
    std::string text;
    for (const TopSpan& span : line) text += span.text;
    return text;
}

std::string text_of(const std::vector<TopLine>& lines) {
    std::string text;
    for (const TopLine& line : lines) text += text_of(line) + "\n";
    return text;
}

control::v1::Session a_session(const std::string& name, uint64_t passed, uint64_t refused = 0) {
    control::v1::Session session;
    session.set_id("0194aaaa-" + name);
    session.mutable_claims()->set_name(name);
    session.set_policy("coding");
    session.set_state("armed");
    session.set_passed(passed);
    session.set_refused(refused);
    session.set_bytes_out(passed * 1024);
    return session;
}

TopSample a_sample(uint64_t second, const std::vector<control::v1::Session>& sessions) {
    TopSample sample;
    sample.at_ns = second * kSecondNs;
    sample.status.set_tier("lsm");
    for (const auto& each : sessions) {
        *sample.sessions.add_sessions() = each;
        sample.status.set_crossings(sample.status.crossings() + each.passed() + each.refused());
    }
    return sample;
}

TEST(Top, SaysRatesAndShowsTheBusiestFirst) {
    TopModel model;
    model.take(a_sample(1, {a_session("calm", 10), a_session("busy", 100)}));
    model.take(a_sample(3, {a_session("calm", 10), a_session("busy", 300, 8)}));
    const std::string text = text_of(model.screen(120, 30));
    EXPECT_NE(text.find("lsm tier"), std::string::npos);
    EXPECT_NE(text.find("104 crossings/s"), std::string::npos) << text;
    EXPECT_NE(text.find("4.0 refused/s"), std::string::npos) << text;
    EXPECT_LT(text.find("busy"), text.find("calm")) << text;
    EXPECT_NE(text.find("100 KiB"), std::string::npos) << text;
}

TEST(Top, FitsEverySize) {
    TopModel model;
    std::vector<control::v1::Session> sessions;
    for (int i = 0; i < 50; i++) sessions.push_back(a_session("näme-" + std::to_string(i), 10));
    TopSample sample = a_sample(1, sessions);
    for (int i = 0; i < 9; i++) {
        auto* question = sample.pendings.add_questions();
        question->set_id("q" + std::to_string(i));
        question->set_text("session wants deploy");
        sample.refusals.emplace_back(R"({"kind":"crossing","ts":"2026-11-24T09:31:02.123456789Z","effect":"refused","reason":"NO_TOOL"})");
    }
    model.take(sample);
    for (const size_t height : {1, 2, 3, 8, 12, 24, 60, 200}) {
        for (const size_t width : {1, 5, 40, 80, 300}) {
            const auto lines = model.screen(width, height);
            ASSERT_EQ(lines.size(), height);
            for (const TopLine& line : lines) EXPECT_LE(width_of(text_of(line)), width) << height << " " << text_of(line);
        }
    }
    const std::string text = text_of(model.screen(80, 24));
    EXPECT_NE(text.find("more: scroll"), std::string::npos) << text;
    EXPECT_NE(text.find("remit approve q0"), std::string::npos) << text;
    EXPECT_NE(text.find("NO_TOOL"), std::string::npos) << text;
}

TEST(Top, SaysWhoWantsWhatAndForHowLongItCanBeAnswered) {
    TopModel model;
    TopSample sample = a_sample(1, {a_session("release", 10)});
    auto* question = sample.pendings.add_questions();
    question->set_id("q-1");
    question->set_session(sample.sessions.sessions(0).id());
    question->set_text("session " + question->session() + " (policy coding) wants to reach tcp 10.0.0.1:443 with tool deploy");
    question->set_remaining_ns(296'400'000'000);
    model.take(sample);
    const std::string text = text_of(model.screen(100, 12));
    EXPECT_NE(text.find("remit approve q-1  4m56s  release wants to reach tcp 10.0.0.1:443 with tool deploy"), std::string::npos) << text;
}

TEST(Top, ScrollsWithinWhatThereIs) {
    TopModel model;
    std::vector<control::v1::Session> sessions;
    for (int i = 0; i < 30; i++) sessions.push_back(a_session("s" + std::to_string(100 + i), 10));
    model.take(a_sample(1, sessions));
    model.scroll(1000);
    EXPECT_NE(text_of(model.screen(120, 12)).find("s129"), std::string::npos);
    model.scroll(-1000);
    EXPECT_NE(text_of(model.screen(120, 12)).find("s100"), std::string::npos);
    model.take(a_sample(2, {}));
    EXPECT_NE(text_of(model.screen(120, 12)).find("no sessions"), std::string::npos);
}

TEST(Top, KeepsWhatWasKnownWhenTheDaemonGoesAndForgesNothing) {
    TopModel model;
    EXPECT_NE(text_of(model.screen(80, 10)).find("asking the daemon"), std::string::npos);
    model.take(a_sample(1, {a_session("na\033[31mme", 10)}));
    EXPECT_EQ(text_of(model.screen(80, 10)).find('\033'), std::string::npos);
    model.lost("nobody answers");
    const std::string text = text_of(model.screen(80, 10));
    EXPECT_NE(text.find("nobody answers"), std::string::npos);
    EXPECT_NE(text.find("coding"), std::string::npos);
}

}  // namespace
}  // namespace remit::cli
