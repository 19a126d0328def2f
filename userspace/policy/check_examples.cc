// Examples: their steps, and playing them. An example that comes out otherwise is an error of the policy.
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "base/words.h"
#include "policy/draft.h"
#include "policy/names.h"
#include "policy/simulate.h"

namespace remit::policy {
namespace {

// Of all examples together: check plays them, and must come to an end.
constexpr size_t kMaxSteps = 1024;

constexpr const char* kActions[] = {"exec",    "connect", "send",   "listen", "unix",   "resolve",
                                    "advance", "approve", "reject", "grant",  "revoke", "child"};

// The words of Step::Reason are those of enum remit_reason, in the same order and with the same numbers.
static_assert(pb::Step::REVOKED == int{REMIT_REASON_REVOKED} && pb::Step::NO_TOOL == int{REMIT_REASON_NO_TOOL});
static_assert(pb::Step::DENY == int{REMIT_DENY} && pb::Step::ALLOW == int{REMIT_ALLOW} && pb::Step::PENDING == int{REMIT_PENDING});

class StepCheck {
public:
    StepCheck(Draft& draft, const pb::Step& step, Place place) : draft_(draft), step_(step), place_(place) {}

    // Fills out; false when the step cannot be played.
    bool run(Step& out) {
        const std::string action = only_action();
        if (action.empty()) return false;
        out.position = place_.here();
        out.text = action + " " + (action == "revoke" ? "" : text_of(action));
        if (out.text.back() == ' ') out.text.pop_back();
        static constexpr std::array kCrossings = {"exec", "connect", "send", "listen", "unix", "resolve"};
        if (std::ranges::find(kCrossings, action) != kCrossings.end()) return read_crossing(action, out) && read_wanted(out);
        if (step_.has_verdict() || step_.has_tool() || step_.has_reason()) {
            bad(step_.has_verdict() ? "verdict"
                : step_.has_tool()  ? "tool"
                                    : "reason",
                "\"" + action + "\" is no crossing and has no verdict", "say what is expected at the next crossing");
            return false;
        }
        return read_act(action, out);
    }

private:
    void bad(std::string_view field, std::string message, std::string hint) {
        draft_.error(place_.at(field), "bad-step", std::move(message), std::move(hint));
    }

    std::string text_of(const std::string& action) const {
        const auto* field = pb::Step::descriptor()->FindFieldByName(action);
        return step_.GetReflection()->GetString(step_, field);
    }

    std::string only_action() {
        std::string found;
        for (const char* action : kActions) {
            if (!step_.GetReflection()->HasField(step_, pb::Step::descriptor()->FindFieldByName(action))) continue;
            if (!found.empty()) {
                bad(action, "a step is one thing: \"" + found + "\" or \"" + action + "\"", "write a step for each");
                return "";
            }
            found = action;
        }
        if (found.empty() && !place_.damaged())
            bad("", "the step does nothing",
                "write exec, connect, send, listen, unix, resolve, advance, approve, reject, grant, revoke or child");
        return found;
    }

    bool read_crossing(const std::string& action, Step& out) {
        if (action == "exec") return read_exec(out);
        if (action == "unix") return read_unix(out);
        if (action == "resolve") return read_name(out);
        return read_address(action, out);
    }

    bool read_exec(Step& out) {
        out.act = Step::Act::kExec;
        out.path = step_.exec();
        if (is_plain_path(out.path)) return true;
        bad("exec", "\"" + out.path + "\" is no path of a program", "an absolute path, like \"/usr/bin/git\"");
        return false;
    }

    bool read_unix(Step& out) {
        out.act = Step::Act::kUnix;
        out.path = step_.unix();
        const Result<void> name = check_unix_name(out.path);
        if (!name) bad("unix", name.error().message, name.error().hint);
        return name.has_value();
    }

    bool read_name(Step& out) {
        out.act = Step::Act::kResolve;
        out.path = plain_host_name(step_.resolve());
        if (is_host_name(out.path) && !parse_address(out.path)) return true;
        bad("resolve", "\"" + step_.resolve() + "\" is no name of a host", "a name, like \"git.example\"");
        return false;
    }

    bool read_address(const std::string& action, Step& out) {
        const bool listens = action == "listen";
        Result<Target> target = listens ? parse_listener(text_of(action)) : parse_target(text_of(action));
        if (!target) {
            bad(action, target.error().message, target.error().hint);
            return false;
        }
        out.act = listens ? Step::Act::kListen : Step::Act::kConnect;
        if (action == "send") target->protocol = IPPROTO_UDP;  // a datagram, whatever is written behind the port
        out.target = *target;
        return true;
    }

    bool read_wanted(Step& out) {
        if (!step_.has_verdict()) {
            if (!place_.damaged()) bad("", "the step does not say what is expected", "write verdict: ALLOW, DENY or PENDING");
            return false;
        }
        out.verdict = static_cast<uint8_t>(step_.verdict());
        if (step_.has_reason()) out.wanted_reason = static_cast<uint8_t>(step_.reason());
        if (!step_.has_tool()) return true;
        const int tool = check_tool_name(draft_, place_.at("tool"), step_.tool());
        if (tool >= 0) out.wanted_tool = static_cast<uint16_t>(tool);
        return tool >= 0;
    }

    bool read_act(const std::string& action, Step& out) {
        if (action == "revoke") {
            out.act = Step::Act::kRevoke;
            if (!step_.revoke()) bad("revoke", "revoke: false does nothing", "leave the step out");
            return step_.revoke();
        }
        if (action == "advance") {
            out.act = Step::Act::kAdvance;
            return check_duration(draft_, place_.at("advance"), "advance", step_.advance(), out.advance_ns);
        }
        if (action == "child") return read_child(out);
        out.act = action == "approve" ? Step::Act::kApprove : action == "reject" ? Step::Act::kReject : Step::Act::kGrant;
        const int tool = check_tool_name(draft_, place_.at(action), text_of(action));
        out.tool = static_cast<uint16_t>(tool);
        return tool >= 0;
    }

    // Other policies are not at hand here: what a session of this one passes on is played under this one.
    bool read_child(Step& out) {
        out.act = Step::Act::kChild;
        const std::string& name = draft_.files[0]->policy.name();
        if (step_.child() != name) {
            draft_.not_supported(place_.at("child"), "an example's child of another policy",
                                 "write \"" + name + "\": what is passed on at most");
            return false;
        }
        const bool means =
            std::ranges::any_of(draft_.policy.children, [&](const Child& child) { return child.policy.empty() || child.policy == name; });
        if (!means && !place_.damaged()) bad("child", "the policy has no child of this name", "write child { } outside of the example");
        return means;
    }

    Draft& draft_;
    const pb::Step& step_;
    Place place_;
};

std::string describe(const Policy& policy, uint8_t kind, std::optional<uint8_t> reason, std::optional<uint16_t> tool) {
    std::string text = pb::Step::Verdict_Name(static_cast<pb::Step::Verdict>(kind));
    if (reason && *reason != REMIT_GRANTED) text += " " + std::string(reason_word(*reason));
    if (tool && *tool != REMIT_NO_TOOL) text += " for tool \"" + tool_name(policy, *tool) + "\"";
    return text;
}

bool as_wanted(const Step& step, const remit_verdict& verdict) {
    return verdict.kind == step.verdict && (!step.wanted_tool || *step.wanted_tool == verdict.tool) &&
           (!step.wanted_reason || *step.wanted_reason == verdict.reason);
}

// What a crossing came to; nothing for an act.
std::optional<Outcome> play_step(Simulation& session, const Step& step) {
    switch (step.act) {
        case Step::Act::kExec:
            return session.exec(step.path);
        case Step::Act::kConnect:
            return session.connect(step.target);
        case Step::Act::kListen:
            return session.listen(step.target);
        case Step::Act::kUnix:
            return session.reach_unix(step.path);
        case Step::Act::kResolve:
            return session.resolve(step.path);
        case Step::Act::kAdvance:
            session.advance(step.advance_ns);
            return std::nullopt;
        case Step::Act::kApprove:
            session.approve(step.tool);
            return std::nullopt;
        case Step::Act::kReject:
            session.reject(step.tool);
            return std::nullopt;
        case Step::Act::kGrant:
            session.grant(step.tool);
            return std::nullopt;
        case Step::Act::kRevoke:
            session.revoke();
            return std::nullopt;
        case Step::Act::kChild:
            session.begin_below();
            return std::nullopt;
    }
    return std::nullopt;
}

PlayedStep judge_step(const Policy& policy, Simulation& session, const Step& step) {
    PlayedStep played{.text = step.text, .outcome = "", .expected = "", .rule = "", .position = step.position, .played = true};
    const std::optional<Outcome> outcome = play_step(session, step);
    if (!outcome) return played;
    const remit_verdict& verdict = outcome->verdict;
    played.outcome = describe(policy, verdict.kind, verdict.reason, verdict.tool);
    played.rule = rule_text(policy, verdict.tool, verdict.rule, verdict.reason);
    played.good = as_wanted(step, verdict);
    if (!played.good) played.expected = describe(policy, step.verdict, step.wanted_reason, step.wanted_tool);
    return played;
}

// Plays until the first step that comes out otherwise: what follows rests on it.
PlayedExample play(const Policy& policy, const Tables& tables, const Example& example) {
    Simulation session(policy, tables);
    PlayedExample out{.name = example.name, .position = example.position, .steps = {}};
    for (const Step& step : example.steps) {
        if (!out.passes) {
            out.steps.push_back({.text = step.text, .outcome = "", .expected = "", .rule = "", .position = step.position});
            continue;
        }
        out.steps.push_back(judge_step(policy, session, step));
        out.passes = out.steps.back().good;
    }
    return out;
}

}  // namespace

void read_examples(Draft& draft) {
    const pb::Policy& policy = draft.files[0]->policy;
    size_t steps = 0;
    for (int i = 0; i < policy.example_size(); i++) {
        const pb::Example& example = policy.example(i);
        const Place place = draft.root(0).in("example", i);
        if (!example.has_name() && !place.damaged())
            draft.error(place.here(), "missing-name", "the example has no name", "say what it shows with name: \"…\"");
        check_text(draft, place.at("name"), "name", example.name());
        Example out{example.name(), {}, place.here()};
        for (int s = 0; s < example.step_size(); s++) {
            if (++steps > kMaxSteps)
                return draft.error(place.at("step", s), "too-many-steps", "the examples have more than 1024 steps", "each shows one thing");
            if (Step step; StepCheck(draft, example.step(s), place.in("step", s)).run(step)) out.steps.push_back(std::move(step));
        }
        draft.policy.examples.push_back(std::move(out));
    }
}

void play_examples(Draft& draft, const Tables& tables) {
    for (const Example& example : draft.policy.examples) {
        draft.played.push_back(play(draft.policy, tables, example));
        for (const PlayedStep& step : draft.played.back().steps)
            if (!step.good)
                draft.error(step.position, "example-failed",
                            "example \"" + example.name + "\": " + step.text + " is " + step.outcome + ", expected " + step.expected,
                            step.rule.empty() ? "" : "decided by " + step.rule);
    }
}

}  // namespace remit::policy
