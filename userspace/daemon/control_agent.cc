// What a process inside a session may ask, about its own session and no other.
#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "base/words.h"
#include "daemon/control.h"
#include "policy/explain.h"
#include "policy/names.h"
#include "policy/narrow.h"

namespace remit::daemon {

namespace {

std::string_view word_of(Approval::Answer answer) {
    return answer == Approval::Answer::kOpen ? "pending" : answer == Approval::Answer::kApproved ? "approved" : "rejected";
}

api_v1::Response answer_of(const Approval& approval, uint64_t id) {
    api_v1::Response response;
    response.set_id(id);
    auto* answer = response.mutable_tool_answer();
    answer->set_tool(approval.tool_name);
    answer->set_state(std::string(word_of(approval.answer)));
    answer->set_question(approval.id);
    answer->set_text(approval.text);
    const uint64_t now = boot_ns();
    if (approval.answer == Approval::Answer::kOpen && approval.deadline_ns > now) answer->set_remaining_ns(approval.deadline_ns - now);
    return response;
}

}  // namespace

Control::Answer Control::handle_agent(Connection& connection, const api_v1::Request& request) {
    if (!limits_.request(connection.inside, boot_ns())) {
        // Who goes on all the same has to connect anew.
        context_.loop.soon([this, number = connection.number] { close(number); });
        return fail({Code::kRefused, "this session asks the daemon too often", "wait a second, and ask less"});
    }
    if (connection.refusal) return fail(*connection.refusal);
    session::Session* session = context_.sessions.registry().find_kernel_id(connection.inside);
    if (!session) return fail({Code::kMissing, "the session is over", "start a new session"});
    switch (request.body_case()) {
        case api_v1::Request::kWhoAmI:
            return session_response(*session, true);
        case api_v1::Request::kWhy:
            return refusals(session->id, request.why().last());
        case api_v1::Request::kAskForTool:
            return ask_for_tool(connection, request.id(), *session, request.ask_for_tool());
        case api_v1::Request::kForesee:
            return foresee(*session, request.foresee());
        case api_v1::Request::kStart:
            return start_below(connection, *session, request.start());
        case api_v1::Request::kBind:
            return bind(connection, request.bind());
        case api_v1::Request::kEnd:
            return end(connection, request.end());
        case api_v1::Request::kRejoin:
            if (auto its = is_below(connection, request.rejoin().session()); !its) return fail(its.error());
            return rejoin(connection, request.rejoin());
        case api_v1::Request::kWatch:
            if (auto its = is_below(connection, request.watch().session()); !its) return fail(its.error());
            return watch(connection, request.id(), request.watch());
        default:
            break;
    }
    return fail(
        {Code::kNotPermitted,
         "a session asks who it is, why it was refused, what is allowed, for tools of its policy, and for sessions below it; no more",
         "an operator does the rest, outside of the session"});
}

// Its own children, by the connection's session.
Result<void> Control::is_below(const Connection& connection, const std::string& id) {
    auto found = context_.sessions.registry().find(id);
    if (found && (*found)->parent == connection.inside) return {};
    return Error{Code::kNotPermitted, "session " + id + " is not one that this session started", ""};
}

// Is it the parent's policy, or what is installed under one of the names that this one's `child` say?
bool Control::is_known(const session::Session& parent, const policy::Source& source) {
    const std::string identity = policy::identity(source);
    const policy::Policy& above = parent.policy->policy;
    return identity == policy::identity_of(above) || std::ranges::any_of(above.children, [&](const policy::Child& child) {
               const auto installed =
                   child.policy.empty() ? Result<policy::Source>(Error{}) : context_.policies.read_installed(child.policy);
               return installed && policy::identity(*installed) == identity;
           });
}

Control::Answer Control::start_below(Connection& connection, session::Session& parent, const api_v1::StartSession& request) {
    if (parent.state != session::State::kArmed || parent.suspended)
        return fail({Code::kRefused, "the session is " + std::string(session::shown_state(parent)), "start a new session"});
    const bool brought = request.has_source() && !is_known(parent, source_of(request.source()));
    if (brought) {
        if (auto may = children_.may_bring(parent, source_of(request.source())); !may) return fail(may.error());
    }
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = load_policy(connection, parent.policy->writer, request.has_source() ? &request.source() : nullptr, request.installed(),
                              diagnostics);
    if (!loaded) return fail(loaded.error(), diagnostics);
    if (auto may = children_.may_start(parent, **loaded, brought); !may) return fail(may.error());
    session::StartRequest start = start_request(connection, request, *loaded);
    start.holds_exec = false;  // the topmost's keeper holds for all below
    start.parent = &parent;
    return started(connection, start);
}

// Its grants of operators are among its policy's; its end is the session's, which may have been renewed.
Control::Answer Control::foresee(const session::Session& session, const api_v1::Foresee& request) {
    if (session.state != session::State::kArmed || session.suspended)
        return fail({Code::kRefused, "the session is " + std::string(session::shown_state(session)), "start a new session"});
    if (session.parent != 0)
        return fail({Code::kRefused, "what a session below another may do is not foreseen", "try it, and see `remit why`"});
    auto question = policy::parse_question(request.crossing(), request.object());
    if (!question) return fail(question.error());
    policy::Policy policy = session.policy->policy;
    policy.lifetime_ns = 0;
    const remit_session counts = context_.sessions.counts(session);
    question->after = policy::mark_names(policy, counts.seen);
    for (uint16_t tool = 0; tool < policy.tools.size(); tool++)
        if (counts.approved[tool / 64] >> (tool % 64) & 1) question->approved.push_back(policy.tools[tool].name);
    question->at_ns = boot_ns() - session.start_ns;
    auto explanation = policy::explain(policy, session.policy->tables, *question);
    if (!explanation) return fail(explanation.error());
    const remit_verdict& verdict = explanation->outcome.verdict;
    api_v1::Response response;
    auto* foreseen = response.mutable_foreseen();
    foreseen->set_verdict(std::string(verdict_word(verdict.kind)));
    foreseen->set_reason(std::string(reason_word(verdict.reason)));
    foreseen->set_tool(policy::tool_name(policy, verdict.tool));
    foreseen->set_rule(explanation->rule);
    foreseen->set_passes(explanation->passes);
    for (std::string& line : policy::to_lines(policy, *explanation)) foreseen->add_lines(std::move(line));
    return response;
}

Control::Answer Control::ask_for_tool(Connection& connection, uint64_t id, session::Session& session, const api_v1::AskForTool& request) {
    auto asked = context_.questions.ask_for_tool(session, {request.tool(), request.reason(), request.lasts_ns()}, connection.actor);
    if (!asked) return fail(asked.error());
    if (!*asked) {
        api_v1::Response response;
        response.mutable_tool_answer()->set_tool(request.tool());
        response.mutable_tool_answer()->set_state("approved");
        return response;
    }
    if (request.wait() && (*asked)->answer == Approval::Answer::kOpen) {
        Questions::tell_when_answered(**asked, {connection.number, [this, number = connection.number, id](const Approval& approval) {
                                                    send(number, answer_of(approval, id));
                                                }});
    }
    return answer_of(**asked, id);
}

}  // namespace remit::daemon
