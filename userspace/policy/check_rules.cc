// Grants and denies: what they name, and their conditions.
#include <algorithm>

#include "policy/draft.h"

namespace remit::policy {
namespace {

uint16_t add_rule(Draft& draft, const std::string& what, Position position) {
    draft.policy.rules.push_back({what + " (" + shown(draft, position) + ")", position});
    return static_cast<uint16_t>(draft.policy.rules.size() - 1);
}

class GrantCheck {
public:
    GrantCheck(Draft& draft, const pb::Grant& grant, Place place) : draft_(draft), grant_(grant), place_(place) {}

    void run() {
        const size_t errors_before = draft_.error_count();
        out_.position = place_.here();
        const int tool = check_tool();
        out_.delegable = grant_.delegable();
        if (out_.delegable && grant_.has_approval())
            draft_.not_supported(place_.at("delegable"), "an approval that is passed on",
                                 "leave one of the two out: a person answers the session above");
        check_window();
        check_uses();
        if (grant_.has_rate()) check_rate();
        read_marks("only_after", grant_.only_after(), out_.only_after);
        read_marks("never_after", grant_.never_after(), out_.never_after);
        for (int i = 0; i < REMIT_MARK_WORDS; i++) {
            if (!(out_.only_after[i] & out_.never_after[i])) continue;
            draft_.error(place_.at("never_after"), "never-holds", "the grant is only after and never after the same",
                         "take one of them out");
            break;
        }
        if (grant_.has_approval()) check_approval();
        if (tool < 0) return;
        out_.tool = static_cast<uint16_t>(tool);
        out_.rule = add_rule(draft_, "grant " + grant_.tool(), place_.here());
        if (draft_.error_count() > errors_before || place_.damaged()) draft_.partial_rules.insert(out_.rule);
        draft_.policy.grants.push_back(out_);
    }

private:
    int check_tool() {
        if (grant_.has_tool()) return check_tool_name(draft_, place_.at("tool"), grant_.tool());
        if (!place_.damaged()) draft_.error(place_.here(), "missing-field", "the grant names no tool", "write grant { tool: \"…\" }");
        return -1;
    }

    void check_window() {
        if (grant_.has_from()) check_duration(draft_, place_.at("from"), "from", grant_.from(), out_.from_ns);
        if (!grant_.has_until() || !check_duration(draft_, place_.at("until"), "until", grant_.until(), out_.until_ns)) {
            if (const uint64_t lifetime = draft_.policy.lifetime_ns; lifetime && out_.from_ns >= lifetime)
                draft_.error(place_.at("from"), "never-holds", "the grant begins when the session is over",
                             "lifetime is " + lifetime_text());
            return;
        }
        if (out_.until_ns <= out_.from_ns)
            draft_.error(place_.at("until"), "never-holds", "the grant ends before it begins",
                         "until is later than from, both since session start");
    }
    std::string lifetime_text() const { return draft_.files[0]->policy.lifetime(); }

    void check_uses() {
        out_.max_uses = grant_.max_uses();
        if (grant_.has_max_uses() && grant_.max_uses() == 0)
            draft_.error(place_.at("max_uses"), "never-holds", "a grant of no uses is none", "leave the grant out, or give it one use");
    }

    void check_rate() {
        const pb::Rate& rate = grant_.rate();
        const Place place = place_.in("rate");
        out_.rate_count = rate.count();
        if (rate.has_count() && rate.count() == 0)
            draft_.error(place.at("count"), "never-holds", "a grant of no uses is none", "leave the grant out, or give it one use");
        if (rate.has_per() && check_duration(draft_, place.at("per"), "per", rate.per(), out_.rate_ns) && out_.rate_ns == 0)
            draft_.error(place.at("per"), "bad-duration", "a window of no time has no uses", "write per: \"1m\"");
        if ((!rate.has_count() || !rate.has_per()) && !place.damaged())
            draft_.error(place.here(), "missing-field", "a rate is so many uses in so much time", "write rate { count: 30 per: \"1m\" }");
    }

    void read_marks(std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& names, Marks& marks) {
        for (int i = 0; i < names.size(); i++)
            if (const int mark = check_mark_name(draft_, place_.at(field, i), names[i]); mark >= 0)
                add_mark(marks.data(), static_cast<uint32_t>(mark));
    }

    void check_approval() {
        const pb::Approval& approval = grant_.approval();
        const Place place = place_.in("approval");
        Approval out{.wait_ns = kDefaultApprovalWaitNs};
        if (approval.has_wait() && check_duration(draft_, place.at("wait"), "wait", approval.wait(), out.wait_ns) && out.wait_ns == 0)
            draft_.error(place.at("wait"), "bad-duration", "nobody can answer in no time", "write wait: \"10m\", or leave it out");
        if (!approval.has_scope() && !place.damaged())
            draft_.error(place.here(), "missing-field", "the approval does not say for how long it holds",
                         "write scope: ONCE, scope: SESSION, or scope: TIMED and lasts: \"15m\"");
        out.scope = approval.scope() == pb::Approval::ONCE      ? Approval::Scope::kOnce
                    : approval.scope() == pb::Approval::SESSION ? Approval::Scope::kSession
                                                                : Approval::Scope::kTimed;
        check_lasts(approval, place, out);
        out.by = approval.by();
        if (approval.has_by() && !names_people(out.by))
            draft_.error(place.at("by"), "bad-by", "\"" + out.by + "\" names nobody who could answer",
                         "write by: \"group:NAME\" or by: \"user:NAME\"");
        out_.approval = out;
    }

    void check_lasts(const pb::Approval& approval, const Place& place, Approval& out) {
        const bool timed = approval.has_scope() && approval.scope() == pb::Approval::TIMED;
        if (!approval.has_lasts()) {
            if (timed && !place.damaged())
                draft_.error(place.at("scope"), "missing-field", "the approval does not say how long it lasts", "write lasts: \"15m\"");
            return;
        }
        if (!check_duration(draft_, place.at("lasts"), "lasts", approval.lasts(), out.lasts_ns)) return;
        if (out.lasts_ns == 0) draft_.error(place.at("lasts"), "bad-duration", "an approval of no time is none", "write lasts: \"15m\"");
        if (approval.has_scope() && !timed)
            draft_.error(place.at("lasts"), "bad-approval", "only an approval with scope TIMED lasts for a time",
                         "write scope: TIMED, or leave lasts out");
    }

    // Whether they exist is the host's to say, when somebody answers.
    static bool names_people(const std::string& by) {
        const size_t colon = by.find(':');
        const std::string_view kind = std::string_view(by).substr(0, colon);
        return colon != std::string::npos && (kind == "group" || kind == "user") && colon + 1 < by.size() &&
               by.find_first_of(": \t\n,", colon + 1) == std::string::npos;
    }

    Draft& draft_;
    const pb::Grant& grant_;
    Place place_;
    Grant out_;
};

// The tools that a deny names, by itself or by a label; all zero when it names none.
void read_named(Draft& draft, const pb::Deny& deny, const Place& place, Deny& out) {
    if (deny.has_tool() == deny.has_label()) {
        if (!place.damaged())
            draft.error(deny.has_label() ? place.at("label") : place.here(), "missing-field",
                        "a deny names a tool or a label, and only one", "write one deny for each");
        return;
    }
    if (deny.has_tool()) {
        if (const int tool = check_tool_name(draft, place.at("tool"), deny.tool()); tool >= 0)
            add_mark(out.tools.data(), static_cast<uint32_t>(tool));
        return;
    }
    const auto& labels = draft.policy.labels;
    const auto label = std::ranges::find(labels, deny.label());
    if (label == labels.end()) {
        const bool tool = draft.policy.find_tool(deny.label()) >= 0;
        draft.error(place.at("label"), "unknown-label", "no tool gives the label \"" + deny.label() + "\"",
                    tool ? "it is a tool: write tool: \"" + deny.label() + "\"" : "give it to a tool with label: \"" + deny.label() + "\"");
        return;
    }
    for (size_t i = 0; i < draft.policy.tools.size(); i++)
        if (draft.policy.tools[i].labels >> (label - labels.begin()) & 1) add_mark(out.tools.data(), static_cast<uint32_t>(i));
}

}  // namespace

void check_grants(Draft& draft) {
    const pb::Policy& policy = draft.files[0]->policy;
    for (int i = 0; i < policy.grant_size(); i++) {
        if (draft.policy.rules.size() >= REMIT_MAX_TOOLS * (REMIT_MAX_GRANTS_PER_TOOL + 1))
            return draft.error(draft.root(0).at("grant", i), "too-many-grants", "no policy needs so many grants", "8 a tool are tried");
        GrantCheck(draft, policy.grant(i), draft.root(0).in("grant", i)).run();
    }
    std::vector<int> counts(draft.policy.tools.size());
    for (const Grant& grant : draft.policy.grants)
        if (++counts[grant.tool] == REMIT_MAX_GRANTS_PER_TOOL + 1)
            draft.error(grant.position, "too-many-grants", "a tool has at most 8 grants", "conditions of one grant all hold; join grants");
}

void check_denies(Draft& draft) {
    const pb::Policy& policy = draft.files[0]->policy;
    for (int i = 0; i < policy.deny_size(); i++) {
        const pb::Deny& deny = policy.deny(i);
        const Place place = draft.root(0).in("deny", i);
        if (i == REMIT_MAX_DENIES)
            return draft.error(place.here(), "too-many-denies", "a policy has at most 64 denies",
                               "give tools a common label and deny that");
        Deny out{.always = deny.always(), .cut = deny.cut(), .reason = deny.reason(), .position = place.here()};
        check_text(draft, place.at("reason"), "reason", deny.reason());
        read_named(draft, deny, place, out);
        for (int a = 0; a < deny.after_size(); a++)
            if (const int mark = check_mark_name(draft, place.at("after", a), deny.after(a)); mark >= 0)
                add_mark(out.after.data(), static_cast<uint32_t>(mark));
        if (deny.cut() && deny.after_size() == 0)
            draft.error(place.at("cut"), "cut-without-after", "a deny that bites at once lets no socket through that could be cut",
                        "write after: \"…\", or leave cut out");
        if (out.tools == decltype(out.tools){}) continue;
        if (deny.after_size() > 0 && out.after == Marks{}) continue;  // its marks are unknown: it is not to bite at once
        out.rule = add_rule(draft, "deny " + (deny.has_tool() ? deny.tool() : deny.label()), place.here());
        draft.policy.denies.push_back(std::move(out));
    }
}

}  // namespace remit::policy
