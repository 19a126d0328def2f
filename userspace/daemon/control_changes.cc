// The verbs by which operators change a session that runs: grant, renew, reload.
#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/approvers.h"
#include "daemon/control.h"
#include "policy/names.h"

namespace remit::daemon {

namespace {

// Stands in records and on terminals.
constexpr size_t kMaxReasonBytes = 256;

std::string grant_text(const std::string& tool, const session::Actor& actor, const std::string& reason) {
    std::string text = "grant " + tool + " (an operator, uid " + std::to_string(actor.uid);
    return text + (reason.empty() ? "" : ": " + reason) + ")";
}

// A grant opens what somebody else may have to approve: then they are who grants it.
Result<void> may_grant(const session::Session& session, uint16_t tool, const session::Actor& actor) {
    if (auto may = may_approve(session, "", actor); !may) return may;
    for (const policy::Grant& grant : session.policy->policy.grants) {
        if (grant.tool != tool || !grant.approval) continue;
        if (auto may = may_approve(session, grant.approval->by, actor); !may) return may;
    }
    return {};
}

}  // namespace

Result<session::Session*> Control::find_armed(const std::string& id) {
    auto found = context_.sessions.registry().find(id);
    if (!found) return found;
    if ((*found)->state == session::State::kArmed) return found;
    return Error{Code::kRefused, "session " + (*found)->id + " is " + std::string(session::state_name((*found)->state)),
                 "start a new session"};
}

Result<void> Control::grant_tool(session::Session& session, const std::string& tool, const Terms& terms, const session::Actor& actor) {
    if (auto may = may_be_given(session); !may) return may;
    const policy::Policy& policy = session.policy->policy;
    const int number = policy.find_tool(tool);
    if (number < 0)
        return Error{Code::kMissing, "policy " + policy.name + " has no tool \"" + tool + "\"", "remit show " + session.id + " lists them"};
    const auto bit = static_cast<uint16_t>(number);
    if (auto may = may_grant(session, bit, actor); !may) return may;
    const std::string_view standing = policy::standing_of(policy, bit);
    if (standing == "denied")
        return Error{Code::kRefused, "a deny of policy " + policy.name + " takes the tool \"" + tool + "\" away, and beats every grant",
                     "change the policy, then remit reload " + session.id};
    if (standing == "granted") return Error{Code::kRefused, "session " + session.id + " has the tool \"" + tool + "\" already", ""};
    session::OperatorGrant grant{.tool = tool, .max_uses = terms.uses, .text = grant_text(tool, actor, terms.reason)};
    if (terms.lasts_ns != 0) grant.until_ns = boot_ns() - session.start_ns + terms.lasts_ns;
    if (auto granted = context_.sessions.grant(session, grant); !granted) return granted;
    Recorder::Change change{.kind = trail::Kind::kGrant, .what = {}, .tool = tool, .rule = grant.text, .why = terms.reason};
    if (terms.uses != 0) change.uses = terms.uses;
    if (terms.lasts_ns != 0) change.lasts_ns = terms.lasts_ns;
    context_.recorder.changed(session, change, &actor);
    context_.lives.changed(session);
    return {};
}

Control::Answer Control::grant(Connection& connection, const api_v1::Grant& request) {
    auto session = find_armed(request.session());
    if (!session) return fail(session.error());
    const Terms terms{request.lasts_ns(), request.uses(), printable(request.reason().substr(0, kMaxReasonBytes))};
    if (auto granted = grant_tool(**session, request.tool(), terms, connection.actor); !granted) return fail(granted.error());
    std::string text = "session " + (*session)->id + " has the tool " + request.tool();
    if (terms.lasts_ns != 0) text += " for " + format_duration(terms.lasts_ns);
    if (terms.uses != 0) text += ", " + std::to_string(terms.uses) + " uses";
    return done(text);
}

// Never past what the policy allows, counted from session start, unless somebody who may approve says so.
Control::Answer Control::renew(Connection& connection, const api_v1::Renew& request) {
    auto found = context_.sessions.registry().find(request.session());
    if (!found) return fail(found.error());
    session::Session& session = **found;
    if (session.expires_ns == 0) return fail({Code::kRefused, "session " + session.id + " has no end", "remit revoke ends it"});
    const uint64_t until_ns = boot_ns() + request.lasts_ns();
    if (until_ns <= session.expires_ns)
        return fail({Code::kRefused, "session " + session.id + " lasts longer already: until " + session.expires_at,
                     "remit revoke ends it before"});
    if (const session::Session* parent = context_.sessions.registry().find_kernel_id(session.parent);
        parent && parent->expires_ns != 0 && until_ns > parent->expires_ns)
        return fail({Code::kRefused, "session " + parent->id + " above it ends before, at " + parent->expires_at, "renew that one first"});
    const uint64_t lifetime_ns = session.policy->policy.lifetime_ns;
    const bool beyond = lifetime_ns != 0 && until_ns > session.start_ns + lifetime_ns;
    if (beyond && !request.beyond_policy())
        return fail({Code::kRefused,
                     "policy " + session.policy->policy.name + " gives sessions a lifetime of " + format_duration(lifetime_ns) +
                         ", which would be over before",
                     "--beyond-policy renews it all the same, for whoever may approve for the session"});
    if (beyond) {
        if (auto may = may_approve(session, "", connection.actor); !may) return fail(may.error());
    }
    if (auto renewed = context_.sessions.renew(session, until_ns); !renewed) return fail(renewed.error());
    const std::string reason = printable(request.reason().substr(0, kMaxReasonBytes));
    context_.recorder.changed(session, {.what = "renew", .tool = {}, .rule = {}, .lasts_ns = request.lasts_ns(), .why = reason},
                              &connection.actor);
    context_.lives.renewed(session);
    context_.lives.changed(session);
    return done("session " + session.id + " lasts until " + session.expires_at);
}

Control::Answer Control::reload(Connection& connection, const api_v1::Reload& request) {
    auto found = find_armed(request.session());
    if (!found) return fail(found.error());
    session::Session& session = **found;
    if (auto may = may_approve(session, "", connection.actor); !may) return fail(may.error());
    // All of a line are under one policy.
    if (session.parent != 0 || !context_.sessions.registry().below(session).empty())
        return fail({Code::kRefused, "session " + session.id + " is above or below another", "end those that are below, or begin anew"});
    const std::string installed = request.installed().empty() ? session.policy->policy.name : request.installed();
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded =
        load_policy(connection, session.policy->writer, request.has_source() ? &request.source() : nullptr, installed, diagnostics);
    if (!loaded) return fail(loaded.error(), diagnostics);
    if ((*loaded)->policy.identity == session.policy->policy.identity)
        return done("session " + session.id + " runs under this policy already");
    context_.catch_up();
    if (auto switched = context_.sessions.reload(session, *loaded); !switched) return fail(switched.error());
    const std::string reason = printable(request.reason().substr(0, kMaxReasonBytes));
    context_.recorder.changed(session, {.what = "reload", .tool = {}, .rule = {}, .why = reason}, &connection.actor);
    context_.sessions.end_refused_sockets(session);
    context_.lives.changed(session);
    log_info("session " + session.id + " runs under policy " + session.policy->policy.name + " " + session.policy->policy.version + " now");
    return session_response(session, true);
}

}  // namespace remit::daemon
