// Random policies and sessions: what check, the tables and the decision code make of them is what an evaluator written from POLICY.md's
// text alone says (naive.h). REMIT_SEED replays one, REMIT_PAIRS says how many crossings.
#include <chrono>
#include <iostream>

#include "policy/explain.h"
#include "policy/simulate.h"
#include "unit/naive_product.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int kPairs = 10'000;  // ten times slower, and no less thorough for memory
#else
constexpr int kPairs = 100'000;
#endif
constexpr int kStepsOfASession = 40;

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
            const std::string when = "at " + std::to_string(session.age_ns() / kSecond) + "s";
            compare(expected.again(crossing), again(session, crossing), crossing, "judged again " + when);
            compare(expected.cross(crossing), cross(session, crossing).verdict, crossing, when);
            const std::string host = random_.host();
            const remit_verdict looked_up = session.resolve(host).verdict;
            if (const std::string found = answer_of(policy_, looked_up).verdict; found != expected.resolve(host))
                ADD_FAILURE() << "resolve " << host << " " << when << ": " << found << "\n" << naive::text_of(plain_);
            crossings++;
        }
        explain_one();
        return crossings + 1;
    }

private:
    static Outcome cross(Simulation& session, const naive::Crossing& crossing) {
        using To = naive::Crossing::To;
        switch (crossing.to) {
            case To::kProgram:
                return session.exec(crossing.name);
            case To::kSocket:
                return session.reach_unix(crossing.name);
            case To::kListener:
                return session.listen(target_of(crossing));
            default:
                return session.connect(target_of(crossing));
        }
    }

    remit_verdict again(const Simulation& session, const naive::Crossing& crossing) const {
        remit_case now = session.now();
        now.occasion = REMIT_JUDGED_AGAIN;
        const remit_toolset toolset = toolset_of(policy_, *now.rules->tables, crossing);
        remit_verdict verdict{};
        remit_decide(&session.session(), &now.rules->tables->head, &now, &toolset, &verdict);
        return verdict;
    }

    void act(naive::Session& expected, Simulation& session) {
        if (random_.one_in(3)) {
            const uint32_t tool = random_.below(static_cast<uint32_t>(plain_.tools.size()));
            const std::string& name = plain_.tools[tool].name;
            if (random_.one_in(6)) {
                expected.reject(name);
                session.reject(static_cast<uint16_t>(tool));
            } else if (random_.one_in(10)) {
                expected.grant(name);
                session.grant(static_cast<uint16_t>(tool));
            } else {
                expected.approve(name);
                session.approve(static_cast<uint16_t>(tool));
            }
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
        if (crossing.to == naive::Crossing::To::kProgram)
            question.object = crossing.name;
        else if (crossing.to == naive::Crossing::To::kSocket)
            question.object = UnixName{crossing.name};
        else
            question.object = target_of(crossing);
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
