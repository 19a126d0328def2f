#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/counters.h"

namespace remit::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

trail::Record connect(const std::string& policy, uint8_t effect = REMIT_PASSED) {
    auto session = std::make_shared<trail::Session>();
    session->id = "0194-a-session";
    session->name = "a-name";
    session->policy = policy;
    trail::Record record;
    record.session = session;
    record.crossing = REMIT_CONNECT;
    record.tool = "web";
    record.verdict = effect == REMIT_PASSED ? REMIT_ALLOW : REMIT_DENY;
    record.reason = effect == REMIT_PASSED ? REMIT_GRANTED : REMIT_REASON_DENIED;
    record.effect = effect;
    record.latency_ns = 300;
    return record;
}

std::string text_of(const Counters& counters) {
    std::string text;
    counters.append(text);
    return text;
}

TEST(Counters, CountByWhatTheyAreAndNameNoSession) {
    Counters counters;
    for (int i = 0; i < 3; i++) counters.crossing(connect("coding"));
    counters.crossing(connect("coding", REMIT_REFUSED));
    const std::string text = text_of(counters);
    EXPECT_THAT(
        text,
        HasSubstr(R"(remit_crossings_total{crossing="connect",policy="coding",tool="web",verdict="allow",reason="",effect="passed"} 3)"));
    EXPECT_THAT(text, HasSubstr(R"(verdict="deny",reason="DENIED",effect="refused"} 1)"));
    EXPECT_THAT(text, Not(HasSubstr("0194")));
    EXPECT_THAT(text, Not(HasSubstr("a-name")));
}

TEST(Counters, PutTimesIntoBucketsThatAddUp) {
    Counters counters;
    trail::Record record = connect("coding");
    for (const uint64_t ns : {1, 128, 129, 1'000'000'000}) {
        record.latency_ns = ns;
        counters.crossing(record);
    }
    record.crossing_id = "a question";  // took as long as the person
    counters.crossing(record);
    const std::string text = text_of(counters);
    EXPECT_THAT(text, HasSubstr("remit_decision_seconds_bucket{crossing=\"connect\",le=\"1.28e-07\"} 2\n"));
    EXPECT_THAT(text, HasSubstr("le=\"2.56e-07\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("le=\"+Inf\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("remit_decision_seconds_count{crossing=\"connect\"} 4\n"));
    EXPECT_THAT(text, HasSubstr("remit_decision_seconds_sum{crossing=\"connect\"} 1.00000026\n"));
}

TEST(Counters, LeaveQuestionsOutUntilTheyAreAnswered) {
    Counters counters;
    counters.crossing(connect("coding", REMIT_HELD));
    EXPECT_THAT(text_of(counters), Not(HasSubstr("remit_crossings_total{")));
}

TEST(Counters, KeepTheirSizeHoweverManyPoliciesThereAre) {
    Counters counters;
    for (int i = 0; i < 5000; i++) counters.crossing(connect("policy-" + std::to_string(i)));
    const std::string text = text_of(counters);
    EXPECT_THAT(text, HasSubstr(R"(policy="other",tool="other",verdict="allow",reason="",effect="passed"} 904)"));
}

TEST(Counters, EscapeNamesInLabels) {
    EXPECT_EQ(label_value("a\"b\\c\nd"),
              "a\\\"b\\\\c\xef\xbf\xbd"
              "d");
}

}  // namespace
}  // namespace remit::daemon
