#include "policy/explain.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/words.h"
#include "policy/names.h"
#include "policy/pattern.h"

namespace remit::policy {
namespace {

std::string common(const Policy& policy, const Marks& wanted, const __u64* seen, bool missing) {
    Marks found{};
    for (int i = 0; i < REMIT_MARK_WORDS; i++) found[i] = wanted[i] & (missing ? ~seen[i] : seen[i]);
    return join(mark_names(policy, found.data()), ", ");
}

std::vector<Explanation::Looked> look_at_denies(const Policy& policy, const Simulation& session, const remit_toolset& toolset) {
    std::vector<Explanation::Looked> looked;
    bool decided = false;
    for (const Deny& deny : policy.denies) {
        if (!remit_any_tool(deny.tools.data(), toolset.covers)) continue;
        const bool bites = deny.after == Marks{} || remit_any_mark(deny.after.data(), session.session().seen);
        std::string why = bites ? "bites" : "waits for " + join(mark_names(policy, deny.after.data()), " or ");
        if (bites && deny.after != Marks{}) why += ": " + common(policy, deny.after, session.session().seen, false) + " was seen";
        if (deny.cut) why += ", sockets that are open then too";
        if (bites && !deny.reason.empty()) why += " (" + deny.reason + ")";
        looked.push_back({policy.rules[deny.rule].text, bites && !decided, std::move(why)});
        decided |= bites;
    }
    return looked;
}

std::string who_approves(const Grant& grant) {
    if (!grant.approval) return "someone has to approve it";
    const std::string who = grant.approval->by.empty() ? "someone" : grant.approval->by;
    return who + " has to approve it (" + scope_text(*grant.approval) + "), within " + format_duration(grant.approval->wait_ns);
}

std::string why_of(const Policy& policy, const Grant& grant, uint8_t reason, const Simulation& session) {
    std::string word(reason_word(reason));
    switch (reason) {
        case REMIT_GRANTED:
            return grant.unconditional() ? "holds: it has no conditions" : "holds: all its conditions do";
        case REMIT_REASON_NOT_YET:
            return word + ": from " + format_duration(grant.from_ns) + " on";
        case REMIT_REASON_GRANT_EXPIRED:
            return word + ": until " + format_duration(grant.until_ns);
        case REMIT_REASON_ONLY_AFTER:
            return word + ": " + common(policy, grant.only_after, session.session().seen, true) + " was not seen yet";
        case REMIT_REASON_NEVER_AFTER:
            return word + ": " + common(policy, grant.never_after, session.session().seen, false) + " was seen";
        case REMIT_REASON_MAX_USES:
            return word + ": all " + std::to_string(grant.max_uses) + " are taken";
        case REMIT_REASON_RATE:
            return word + ": all " + std::to_string(grant.rate_count) + " of these " + format_duration(grant.rate_ns) + " are taken";
        case REMIT_REASON_APPROVAL:
            return word + ": " + who_approves(grant);
        default:
            return word;
    }
}

uint8_t judge(const Tables& tables, const Grant& grant, const Simulation& session) {
    if (grant.unconditional()) return REMIT_GRANTED;
    const remit_case now = session.now();
    for (const Tables::Grant& compiled : tables.grants)
        if (compiled.grant.rule == grant.rule)
            return static_cast<uint8_t>(remit_reason_of_grant(&session.session(), &now, &compiled.grant, grant.tool));
    return REMIT_REASON_NOT_GRANTED;
}

std::vector<Explanation::Looked> look_at_grants(const Policy& policy, const Tables& tables, const Simulation& session,
                                                const remit_toolset& toolset, const remit_verdict& verdict) {
    std::vector<Explanation::Looked> looked;
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++) {
        if (!has_mark(toolset.best, tool)) continue;
        const size_t before = looked.size();
        for (const Grant& grant : policy.grants) {
            if (grant.tool != tool) continue;
            const bool decided = verdict.tool == tool && verdict.reason != REMIT_REASON_DENIED &&
                                 (verdict.rule == grant.rule || (verdict.rule == REMIT_NO_RULE && grant.unconditional()));
            looked.push_back({policy.rules[grant.rule].text, decided, why_of(policy, grant, judge(tables, grant, session), session)});
        }
        if (looked.size() == before) looked.push_back({"no grant for " + policy.tools[tool].name, verdict.tool == tool, "NOT_GRANTED"});
    }
    return looked;
}

Result<void> prepare(const Policy& policy, const Question& question, Simulation& session) {
    for (const std::string& name : question.after) {
        const int mark = policy.find_mark(name);
        if (mark < 0)
            return Error{Code::kMissing, "the policy has no tool and no label \"" + name + "\"", "`remit policy check` names them"};
        session.see(static_cast<uint32_t>(mark));
        if (mark < REMIT_FIRST_LABEL)
            for (uint32_t i = 0; i < policy.labels.size(); i++)
                if (policy.tools[mark].labels >> i & 1) session.see(REMIT_FIRST_LABEL + i);
    }
    session.advance(question.at_ns);
    for (const std::string& name : question.approved) {
        const int tool = policy.find_tool(name);
        if (tool < 0) return Error{Code::kMissing, "the policy has no tool \"" + name + "\"", "`remit policy check` names them"};
        session.approve(static_cast<uint16_t>(tool));
    }
    return {};
}

// Says what the object is and who covers it; true when it is the session's own, whoever covers it.
bool read_object(const Policy& policy, const Question& question, Explanation& out) {
    if (const std::string* path = std::get_if<std::string>(&question.object)) {
        out.object = "exec " + *path;
        out.attribution = attribute_program(policy, expected_program(policy, *path));
        return false;
    }
    if (const UnixName* socket = std::get_if<UnixName>(&question.object)) {
        out.object = "unix " + socket->name;
        out.attribution = attribute_unix(policy, {socket->name});
        return false;
    }
    if (const LookedUp* looked_up = std::get_if<LookedUp>(&question.object)) {
        out.object = "resolve " + looked_up->name;
        out.attribution = attribute_name(policy, looked_up->name);
        return false;
    }
    const Target& target = std::get<Target>(question.object);
    const bool listens = target.protocol & REMIT_LISTENS;
    out.object = (listens ? "listen " : "connect ") + format_target(target);
    if (listens && is_loopback(target.address)) return true;
    out.attribution = attribute_endpoint(policy, target);
    return false;
}

Error no_question(std::string_view crossing, const Error& error) {
    return Error{Code::kUsage, std::string(crossing) + ": " + error.message, error.hint};
}

Result<Question> ask_endpoint(std::string_view crossing, const std::string& text) {
    const std::string sent = text + (crossing == "send" && !text.ends_with("/udp") ? "/udp" : "");
    Result<Target> target = crossing == "listen" ? parse_listener(text) : parse_target(sent);
    if (!target) return no_question(crossing, target.error());
    return Question{.object = *target};
}

}  // namespace

Result<Question> parse_question(std::string_view crossing, const std::string& object) {
    if (crossing == "connect" || crossing == "send" || crossing == "listen") return ask_endpoint(crossing, object);
    if (crossing == "exec") {
        if (object.starts_with('/')) return Question{.object = object};
        return no_question(crossing, {Code::kUsage, printable(object) + " is no absolute path", "write it from / on"});
    }
    if (crossing == "unix") {
        if (Result<void> name = check_unix_name(object); !name) return no_question(crossing, name.error());
        return Question{.object = UnixName{object}};
    }
    if (crossing == "resolve") {
        const std::string name = plain_host_name(object);
        if (is_host_name(name)) return Question{.object = LookedUp{name}};
        return no_question(crossing, {Code::kUsage, printable(object) + " is no name of a host", "a name, like git.example"});
    }
    return Error{Code::kUsage, "\"" + printable(crossing) + "\" is no crossing", "one of exec, connect, send, listen, unix, resolve"};
}

Result<Explanation> explain(const Policy& policy, const Tables& tables, const Question& question) {
    Simulation session(policy, tables);
    if (Result<void> prepared = prepare(policy, question, session); !prepared) return std::move(prepared).error();
    Explanation out;
    const bool own = read_object(policy, question, out);
    const LookedUp* looked_up = std::get_if<LookedUp>(&question.object);
    if (looked_up) out.attribution.toolset = session.resolve(looked_up->name).toolset;
    const remit_toolset& toolset = out.attribution.toolset;
    out.denies = look_at_denies(policy, session, toolset);
    out.grants = look_at_grants(policy, tables, session, toolset, session.decide(toolset));
    out.outcome = looked_up ? session.resolve(looked_up->name) : own ? session.cross_own() : session.cross(toolset);
    out.rule = rule_text(policy, out.outcome.verdict.tool, out.outcome.verdict.rule, out.outcome.verdict.reason);
    out.gained = mark_names(policy, out.outcome.gained.data());
    out.passes = remit_passes(&out.outcome.verdict, policy.mode);
    return out;
}

std::vector<std::string> to_lines(const Policy& policy, const Explanation& explanation) {
    const remit_verdict& verdict = explanation.outcome.verdict;
    std::vector<std::string> lines;
    std::string line = explanation.object + ": " + std::string(verdict_word(verdict.kind));
    if (verdict.reason != REMIT_GRANTED) line += " " + std::string(reason_word(verdict.reason));
    if (verdict.kind != REMIT_ALLOW && explanation.passes) line += ", and let through by mode " + std::string(mode_word(policy.mode));
    lines.push_back(line);
    if (verdict.flags & REMIT_OF_ITS_OWN)
        lines.push_back("  it is the session's own: loopback may always be listened on");
    else if (explanation.attribution.coverings.empty())
        lines.push_back("  no tool covers it");
    for (const Covering& covering : explanation.attribution.coverings)
        lines.push_back("  tool " + policy.tools[covering.tool].name + " covers it: " + covering.why +
                        (covering.best ? " (most specific)" : " (less specific)"));
    for (const Explanation::Looked& deny : explanation.denies) lines.push_back("  " + deny.rule + ": " + deny.why);
    for (const Explanation::Looked& grant : explanation.grants) lines.push_back("  " + grant.rule + ": " + grant.why);
    if (!explanation.rule.empty()) lines.push_back("  decided by " + explanation.rule);
    if (!explanation.gained.empty()) lines.push_back("  the session gains: " + join(explanation.gained, ", "));
    for (std::string& text : lines) text = printable(text);
    return lines;
}

}  // namespace remit::policy
