// The verbs that show, and the answers to questions.
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "daemon/control.h"
#include "daemon/version.h"

namespace remit::daemon {

namespace {

constexpr size_t kDefaultRefusals = 1;

// For how long a person says yes; nothing: as the grant has it.
Result<std::optional<policy::Approval>> scope_of(const api_v1::Answer& request) {
    using Scope = policy::Approval::Scope;
    std::optional<policy::Approval> given;
    if (request.scope().empty()) return given;
    given.emplace();
    given->lasts_ns = request.lasts_ns();
    if (request.scope() == "ONCE") {
        given->scope = Scope::kOnce;
    } else if (request.scope() == "TIMED" && request.lasts_ns() != 0) {
        given->scope = Scope::kTimed;
    } else if (request.scope() != "SESSION") {
        return Error{Code::kUsage, "scope " + request.scope() + " is none", "ONCE, SESSION, or TIMED with a time"};
    }
    return given;
}

}  // namespace

api_v1::Response Control::session_response(const session::Session& session, bool tools) {
    api_v1::Response response;
    auto& out = *response.mutable_session();
    fill_session(out, session, context_.sessions.counts(session), context_.kernel.tier(), context_.guarantees, boot_ns(), tools);
    const bool over = session.state == session::State::kEnded || session.state == session::State::kDetached;
    if (!over) out.set_mark(context_.kernel.mark_of(session.slot));
    if (tools) {
        const auto flows = context_.sessions.flows(session);
        fill_traffic(out, traffic_of(flows, session.policy->policy, context_.recorder.hosts_of(session), flows.size()));
    }
    out.set_user_namespaces(session.policy->policy.user_namespaces);
    out.set_raw_sockets((session.policy->tables.head.flags & REMIT_RAW_SOCKETS) != 0);
    out.set_unix_any(session.policy->policy.unix_any);
    out.set_run_dir(context_.run_dir);
    out.set_connect_unix(context_.kernel.tier() == kernel::Tier::kLsm || context_.kernel.features().connect_unix);
    return response;
}

Control::Answer Control::list(const api_v1::List& request) {
    api_v1::Response response;
    auto* sessions = response.mutable_sessions();
    auto add = [&](session::Session& each) {
        const bool over = each.state == session::State::kEnded || each.state == session::State::kDetached;
        if (over && !request.ended()) return;
        fill_session(*sessions->add_sessions(), each, context_.sessions.counts(each), context_.kernel.tier(), context_.guarantees,
                     boot_ns(), false);
    };
    if (request.ended()) context_.sessions.registry().each_over(add);
    context_.sessions.registry().each(add);
    return response;
}

Control::Answer Control::show(const api_v1::Show& request) {
    auto found = context_.sessions.registry().find(request.session());
    if (!found) return fail(found.error());
    return session_response(**found, true);
}

Control::Answer Control::why(const api_v1::Why& request) {
    std::string id;
    if (!request.session().empty()) {
        auto found = context_.sessions.registry().find(request.session());
        if (!found) return fail(found.error());
        id = (*found)->id;
    }
    return refusals(id, request.last());
}

// session_id empty: of all.
api_v1::Response Control::refusals(const std::string& session_id, uint32_t last) {
    context_.catch_up();
    api_v1::Response response;
    response.mutable_lines();
    for (std::string& line : context_.lines.refusals(session_id, last == 0 ? kDefaultRefusals : last))
        response.mutable_lines()->add_json(std::move(line));
    return response;
}

Control::Answer Control::watch(Connection& connection, uint64_t id, const api_v1::Watch& request) {
    Lines::Filter filter;
    filter.refused = request.refused();
    if (!request.session().empty()) {
        auto found = context_.sessions.registry().find(request.session());
        if (!found) return fail(found.error());
        filter.session = (*found)->id;
    }
    // What happened before now is no news.
    context_.catch_up();
    api_v1::Response standing = done("watching");
    standing.set_id(id);
    if (!send(connection.number, standing)) return std::nullopt;
    auto stream = [this, number = connection.number, id](const std::string& line) {
        api_v1::Response response;
        response.set_id(id);
        response.mutable_lines()->add_json(line);
        return send(number, response);
    };
    connection.watches.push_back(context_.lines.watch(std::move(filter), stream));
    return std::nullopt;
}

void Control::fill_globs(api_v1::StatusReport& report) {
    context_.attachments.refresh();
    report.set_cgroup_root(context_.cgroup_root);
    for (const policy::Glob& each : context_.attachments.globs().globs()) {
        auto* glob = report.add_globs();
        glob->set_policy(each.policy);
        glob->set_cgroup(each.pattern.text);
        uint32_t live = 0;
        context_.sessions.registry().each([&](const session::Session& session) {
            const bool over = session.state == session::State::kEnded || session.state == session::State::kDetached;
            live += !over && session.attached_by == each.pattern.text && session.policy->policy.name == each.policy;
        });
        glob->set_sessions(live);
    }
    for (const std::string& problem : context_.attachments.globs().problems()) report.add_glob_problems(problem);
}

Control::Answer Control::status() {
    api_v1::Response response;
    auto* report = response.mutable_status();
    report->set_version(kVersion);
    report->set_pid(::getpid());
    report->set_tier(context_.kernel.tier() == kernel::Tier::kLsm ? "lsm" : "base");
    report->set_up_ns(boot_ns() - context_.started_ns);
    report->set_adopted(context_.kernel.adopted());
    uint32_t live = 0;
    context_.sessions.registry().each(
        [&](const session::Session& each) { live += each.state != session::State::kEnded && each.state != session::State::kDetached; });
    report->set_sessions(live);
    remit_totals sum{};
    for (const remit_totals& each : context_.kernel.totals()) {
        sum.crossings += each.crossings;
        sum.lost += each.lost;
        sum.questions += each.questions;
        sum.faults += each.faults;
    }
    report->set_crossings(sum.crossings);
    report->set_lost(sum.lost);
    report->set_questions(sum.questions);
    report->set_faults(sum.faults);
    report->set_trail(context_.trail_dir);
    const trail::WriterStatus writer = context_.writer.status();
    if (writer.failed) report->set_trail_error(writer.error);
    if (context_.kernel.tier() == kernel::Tier::kLsm)
        for (const std::string& each : shortfalls_among(context_.guarantees, {"lsm-tier"})) report->set_tier_error(each);
    for (const std::string& program : context_.kernel.programs()) report->add_programs(program);
    fill_globs(*report);
    return response;
}

Control::Answer Control::pending() {
    api_v1::Response response;
    auto* pendings = response.mutable_pendings();
    const uint64_t now = boot_ns();
    for (const Approval* each : context_.questions.open()) {
        auto* question = pendings->add_questions();
        const session::Session* session = context_.sessions.registry().find_kernel_id(each->session);
        question->set_id(each->id);
        question->set_session(session ? session->id : "");
        question->set_tool(each->tool_name);
        question->set_text(each->text);
        question->set_asked(each->asked_at);
        question->set_by(each->asked_for.by);
        question->set_scope(policy::scope_text(each->asked_for));
        question->set_remaining_ns(each->deadline_ns > now ? each->deadline_ns - now : 0);
    }
    return response;
}

Control::Answer Control::answer(Connection& connection, const api_v1::Answer& request) {
    Decision decision{.approve = request.approve(), .reason = request.reason()};
    if (auto given = scope_of(request); !given) {
        return fail(given.error());
    } else {
        decision.given = *given;
    }
    auto answered = context_.questions.answer(request.question(), decision, connection.actor);
    if (!answered) return fail(answered.error());
    if (!request.approve()) return done("rejected " + (*answered)->tool_name + " (" + (*answered)->id + ")");
    return done("approved " + (*answered)->tool_name + " " + policy::scope_words(decision.given.value_or((*answered)->asked_for)) + " (" +
                (*answered)->id + ")");
}

}  // namespace remit::daemon
