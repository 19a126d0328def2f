// A policy within another: an object passes where both grant it, by the evaluator of POLICY.md's text (naive.h), and nowhere else.
#include "policy/hosts.h"
#include "policy/narrow.h"
#include "unit/naive_product.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

// What a policy below may hold: plain grants and denies.
naive::Policy without_conditions(naive::Policy policy) {
    std::erase_if(policy.denies, [](const naive::Deny& deny) { return !deny.after.empty(); });
    std::vector<naive::Grant> plain;
    for (const naive::Grant& grant : policy.grants)
        if (std::ranges::find(plain, grant.tool, &naive::Grant::tool) == plain.end())
            plain.push_back({.tool = grant.tool, .only_after = {}, .never_after = {}, .approval = {}});
    policy.grants = std::move(plain);
    return policy;
}

// A session of the policy above passes everything on to one within the policy below.
class Line {
public:
    Line(Policy above, Policy below) {
        for (Grant& grant : above.grants) grant.delegable = true;
        policy = *narrow(std::move(above), std::make_shared<Policy>(std::move(below)));
        tables = *compile(policy);
        hosts.emplace(policy);
    }

    remit_verdict decide(const naive::Crossing& crossing) const {
        const remit_toolset toolset = crossing.to == naive::Crossing::To::kHost ? named(crossing) : toolset_of(policy, tables, crossing);
        std::map<uint32_t, remit_use> uses;
        for (const Tables::Grant& each : tables.grants) uses[each.grant.counter] = {};
        const remit_rules rules{&tables, &uses, nullptr};
        remit_session session{};
        session.id = 1;
        session.state = REMIT_ARMED;
        session.parent = 1;
        const remit_case now{.rules = &rules, .now_ns = 0, .tables = 1, .occasion = REMIT_FIRST_USE};
        remit_verdict verdict{};
        remit_decide(&session, &tables.head, &now, &toolset, &verdict);
        return verdict;
    }

    Policy policy;
    Tables tables;
    std::optional<Hosts> hosts;

private:
    // As an address is known that the session's resolver gave for the name.
    remit_toolset named(const naive::Crossing& crossing) const {
        const std::vector<std::string> names{crossing.name};
        for (const Tables::Port& port : ports_of(policy, worth_of(policy, *hosts, names, std::nullopt), 0))
            if (port.protocol == (crossing.udp ? IPPROTO_UDP : IPPROTO_TCP) && (port.port ^ crossing.port) >> (16 - port.bits) == 0)
                return port.toolset;
        return {};
    }
};

TEST(PolicyNarrow, PassesWhatBothGrant) {
    int allowed = 0, barred = 0;
    for (uint32_t seed = 1; (allowed < 5'000 || barred < 5'000) && !HasFailure(); seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        naive::Random random(seed);
        const naive::Policy above = random.policy(), below = without_conditions(random.policy());
        const Checked upper = check(source_of(naive::text_of(above))), lower = check(source_of(naive::text_of(below)));
        if (!upper.policy || !lower.policy) continue;
        const Line line(*upper.policy, *lower.policy);
        for (int i = 0; i < 40; i++) {
            const naive::Crossing crossing = random.crossing();
            const std::string first = naive::Session(above).cross(crossing).verdict;
            const bool uncovered = naive::Session(above).cross(crossing).reason == "NO_TOOL";  // `otherwise: ALLOW` is not passed on
            const bool second = naive::Session(below).cross(crossing).verdict == "ALLOW";
            const std::string expected = !second || uncovered ? "DENY" : first;
            const naive::Answer found = answer_of(line.policy, line.decide(crossing));
            EXPECT_EQ(found.verdict, expected) << show(crossing) << ": " << found.reason << "\n" << text_of(above) << text_of(below);
            allowed += expected == "ALLOW";
            barred += first == "ALLOW" && !second;
        }
    }
}

Policy policy_of(const std::string& text) {
    const Checked checked = check(source_of("name: \"" + text));
    EXPECT_TRUE(checked.policy) << all_text(checked.diagnostics);
    return checked.policy.value_or(Policy{});
}

TEST(PolicyNarrow, TheStricterOfTwoSwitchesHoldsAndTheNameIsThatBelow) {
    const std::string tool = "tool { name: \"a\" program { path: \"/bin/a\" } }\n";
    const Policy above =
        policy_of("above\"\nmode: AUDIT\nlifetime: \"1h\"\nuser_namespaces: true\nunix: ANY\non_audit_failure: CONTINUE\n" + tool);
    const auto below = std::make_shared<Policy>(policy_of("below\"\nmode: ENFORCE\nlifetime: \"2h\"\nstrict_code: true\n" + tool));
    const Result<Policy> line = narrow(above, below);
    ASSERT_TRUE(line.has_value());
    EXPECT_EQ(line->name, "below");
    EXPECT_EQ(identity_of(*line), below->identity);
    EXPECT_EQ(line->mode, REMIT_ENFORCE);
    EXPECT_EQ(line->lifetime_ns, 3600 * kSecond);
    EXPECT_TRUE(line->strict_code && line->refuse_on_audit_failure);
    EXPECT_FALSE(line->user_namespaces || line->unix_any);
}

TEST(PolicyNarrow, ConditionsBelowAreRefusedByTheirRule) {
    const std::string tools = "tool { name: \"a\" program { path: \"/bin/a\" } }\ntool { name: \"b\" program { path: \"/bin/b\" } }\n";
    const Policy above = policy_of("above\"\n" + tools);
    for (const char* rule :
         {"grant { tool: \"a\" max_uses: 2 }\n", "deny { tool: \"a\" after: \"b\" }\ngrant { tool: \"a\" }\ngrant { tool: \"b\" }\n"}) {
        const Result<Policy> line = narrow(above, std::make_shared<Policy>(policy_of("below\"\n" + tools + rule)));
        ASSERT_FALSE(line.has_value()) << rule;
        EXPECT_NE(line.error().message.find("a (p.textproto:4)"), std::string::npos) << line.error().message;
    }
}

// Only the same wish for a unix socket's listener is kept.
TEST(PolicyNarrow, AnotherListenerBehindASocketIsNotGranted) {
    const auto with_peer = [](const std::string& name, const std::string& peer) {
        return policy_of(name + "\"\ntool { name: \"db\" endpoint { unix_path: \"/run/db\"" +
                         (peer.empty() ? "" : " peer_program: \"" + peer + "\"") + " } }\ngrant { tool: \"db\" }\n");
    };
    const auto bar_of_line = [&](const std::string& above, const std::string& below) {
        const auto line = narrow(with_peer("above", above), std::make_shared<Policy>(with_peer("below", below)));
        return unix_toolset(*line, {"/run/db"}).bar;
    };
    EXPECT_EQ(bar_of_line("/usr/bin/db", "/usr/bin/db"), 0U);
    EXPECT_EQ(bar_of_line("/usr/bin/db", ""), 0U);
    EXPECT_EQ(bar_of_line("/usr/bin/db", "/usr/bin/other"), static_cast<uint32_t>(REMIT_REASON_NO_TOOL));
    EXPECT_EQ(bar_of_line("", "/usr/bin/db"), static_cast<uint32_t>(REMIT_REASON_NO_TOOL));
}

}  // namespace
}  // namespace remit::policy::testing
