// Random policies and sessions: what check, the tables and the decision code make of them is what an evaluator written from POLICY.md's
// text alone says (naive.h). REMIT_SEED replays one, REMIT_PAIRS says how many crossings.
#include <netinet/in.h>

#include <chrono>
#include <cstdlib>
#include <iostream>

#include "base/words.h"
#include "policy/explain.h"
#include "policy/names.h"
#include "policy/simulate.h"
#include "unit/naive_random.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int kPairs = 10'000;  // ten times slower, and no less thorough for memory
#else
constexpr int kPairs = 100'000;
#endif
constexpr int kStepsOfASession = 40;
constexpr uint64_t kSecond = 1'000'000'000;

int from_environment(const char* name, int otherwise) {
    const char* given = std::getenv(name);
    return given ? static_cast<int>(std::strtol(given, nullptr, 10)) : otherwise;
}

std::string show(const naive::Answer& answer) {
    return answer.verdict + " " + answer.reason + " " + answer.tool;
}

std::string show(const naive::Crossing& crossing) {
    if (!crossing.program.empty()) return "exec " + crossing.program;
    return "connect " + naive::dotted(crossing.address) + ":" + std::to_string(crossing.port) + (crossing.udp ? "/udp" : "");
}

naive::Answer answer_of(const Policy& policy, const remit_verdict& verdict) {
    static constexpr const char* kVerdicts[] = {"DENY", "ALLOW", "PENDING"};
    const std::string reason = verdict.reason == REMIT_GRANTED ? "" : std::string(reason_word(verdict.reason));
    return {kVerdicts[verdict.kind], reason, tool_name(policy, verdict.tool)};
}

Target target_of(const naive::Crossing& crossing) {
    return {*parse_address(naive::dotted(crossing.address)), static_cast<uint16_t>(crossing.port),
            static_cast<uint16_t>(crossing.udp ? IPPROTO_UDP : IPPROTO_TCP)};
}

// One policy, and a session of it: each step is answered by both.
class Duel {
public:
    Duel(naive::Random& random, const naive::Policy& plain, const Checked& checked)
        : random_(random), plain_(plain), policy_(*checked.policy), tables_(*checked.tables) {}

    int run() {
        naive::Session expected(plain_);
        Simulation session(policy_, tables_);
        int crossings = 0;
        for (int step = 0; step < kStepsOfASession && !::testing::Test::HasFailure(); step++) {
            if (random_.one_in(6)) {
                act(expected, session);
                continue;
            }
            const naive::Crossing crossing = random_.crossing();
            const Outcome outcome = crossing.program.empty() ? session.connect(target_of(crossing)) : session.exec(crossing.program);
            compare(expected.cross(crossing), outcome.verdict, crossing, "at " + std::to_string(session.age_ns() / kSecond) + "s");
            crossings++;
        }
        explain_one();
        return crossings + 1;
    }

private:
    void act(naive::Session& expected, Simulation& session) {
        if (random_.one_in(3)) {
            const uint32_t tool = random_.below(static_cast<uint32_t>(plain_.tools.size()));
            expected.approve(plain_.tools[tool].name);
            session.approve(static_cast<uint16_t>(tool));
        } else if (random_.one_in(20)) {
            expected.revoke();
            session.revoke();
        } else {
            const uint32_t seconds = random_.below(60);
            expected.advance(seconds);
            session.advance(seconds * kSecond);
        }
    }

    // `remit policy explain`: one crossing of a session that has seen this and that.
    void explain_one() {
        naive::Session expected(plain_);
        Question question;
        question.at_ns = random_.below(300) * kSecond;
        expected.advance(static_cast<long>(question.at_ns / kSecond));
        for (uint32_t i = random_.below(3); i > 0; i--) question.after.push_back(random_.mark_of(plain_));
        for (const std::string& mark : question.after) expected.saw(mark);
        if (random_.one_in(2)) question.approved.push_back(plain_.tools[random_.below(static_cast<uint32_t>(plain_.tools.size()))].name);
        for (const std::string& tool : question.approved) expected.approve(tool);
        const naive::Crossing crossing = random_.crossing();
        if (crossing.program.empty())
            question.object = target_of(crossing);
        else
            question.object = crossing.program;
        Result<Explanation> explained = explain(policy_, tables_, question);
        ASSERT_TRUE(explained) << explained.error().message;
        compare(expected.cross(crossing), explained->outcome.verdict, crossing, "explained");
    }

    void compare(const naive::Answer& expected, const remit_verdict& verdict, const naive::Crossing& crossing, const std::string& when) {
        const naive::Answer found = answer_of(policy_, verdict);
        if (found == expected) return;  // EXPECT costs more than the decision
        ADD_FAILURE() << show(crossing) << " " << when << ": " << show(found) << ", by POLICY.md " << show(expected) << "\n"
                      << naive::text_of(plain_);
    }

    naive::Random& random_;
    const naive::Policy& plain_;
    const Policy& policy_;
    const Tables& tables_;
};

TEST(PolicyDifferential, DecidesAsTheNaiveEvaluatorDoes) {
    const auto started = std::chrono::steady_clock::now();
    const int wanted = from_environment("REMIT_PAIRS", kPairs);
    const auto first = static_cast<uint32_t>(from_environment("REMIT_SEED", static_cast<int>(std::random_device{}() >> 1)));
    int pairs = 0, policies = 0, refused = 0;
    for (uint32_t seed = first; pairs < wanted && !HasFailure(); seed++) {
        SCOPED_TRACE("REMIT_SEED=" + std::to_string(seed));
        naive::Random random(seed);
        const naive::Policy plain = random.policy();
        const Checked checked = check(source_of(naive::text_of(plain)));
        if (!checked.policy) {  // circles, denies that never match: nothing to decide
            refused++;
            continue;
        }
        pairs += Duel(random, plain, checked).run();
        policies++;
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    std::cout << pairs << " crossings of " << policies << " policies from REMIT_SEED=" << first << " in " << took.count()
              << " ms; check refused " << refused << "\n";
    EXPECT_GT(policies, refused / 4) << "the generator makes too little that can be decided";
}

}  // namespace
}  // namespace remit::policy::testing
