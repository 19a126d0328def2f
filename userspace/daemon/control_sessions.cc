// The verbs that make, change and end sessions.
#include <sys/wait.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/control.h"
#include "daemon/process.h"
#include "session/cgroup.h"

namespace remit::daemon {

namespace {

std::optional<int> exit_status_of(int wait_status) {
    if (WIFEXITED(wait_status)) return WEXITSTATUS(wait_status);
    if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
    return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<session::LoadedPolicy>> Control::load_policy(const Connection& connection, const session::Writer& writer,
                                                                    const api_v1::PolicySource* sent, const std::string& installed,
                                                                    std::vector<policy::Diagnostic>& diagnostics) {
    policy::Source source;
    if (sent) {
        source = source_of(*sent);
        if (source.files.empty()) return Error{Code::kUsage, "the request holds no policy", "name one with --policy"};
    } else {
        auto read = context_.policies.read_installed(installed);
        if (!read) return std::move(read).error();
        source = *std::move(read);
    }
    return context_.policies.load(source, writer, &connection.actor, diagnostics);
}

void Control::keep(Connection& connection, session::Session& session) {
    connection.kept.insert(session.kernel_id);
    keepers_[session.kernel_id] = connection.number;
    context_.lives.keeper_back(session);
}

Result<session::Session*> Control::find_kept(const Connection& connection, const std::string& id) {
    auto found = context_.sessions.registry().find(id);
    if (!found) return found;
    if (!connection.kept.contains((*found)->kernel_id))
        return Error{Code::kNotPermitted, "session " + (*found)->id + " is not kept by this connection",
                     "only the remit run that started it may do that"};
    return found;
}

Control::Answer Control::start(Connection& connection, const api_v1::StartSession& request) {
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = load_policy(connection, session::writer_of(connection.actor), request.has_source() ? &request.source() : nullptr,
                              request.installed(), diagnostics);
    if (!loaded) return fail(loaded.error(), diagnostics);
    return started(connection, start_request(connection, request, *loaded));
}

session::StartRequest Control::start_request(const Connection& connection, const api_v1::StartSession& request,
                                             std::shared_ptr<session::LoadedPolicy> policy) {
    session::StartRequest start;
    start.policy = std::move(policy);
    start.claims = claims_of(request.claims());
    start.starter = connection.actor;
    start.lifetime_ns = request.lifetime_ns();
    start.linger = request.linger();
    start.holds_exec = request.holds_exec();
    start.root_of = connection.peer.pid;
    return start;
}

Control::Answer Control::started(Connection& connection, const session::StartRequest& start) {
    auto begun = context_.sessions.start(start);
    if (!begun) return fail(begun.error());
    session::Session& session = **begun;
    context_.recorder.session(trail::Kind::kSessionStart, session, &connection.actor);
    context_.lives.follow(session);
    if (auto served = context_.resolver.serve(session, {connection.peer.pid}); !served) log_warning(served.error().message);
    keep(connection, session);
    return session_response(session, true);
}

Control::Answer Control::bind(Connection& connection, const api_v1::BindTask& request) {
    auto session = find_kept(connection, request.session());
    if (!session) return fail(session.error());
    const auto pid = outer_tid(connection.peer.pid, request.pid());
    const auto facts = pid ? read_process(*pid) : std::nullopt;
    if (!facts || facts->pid != *pid)
        return fail({Code::kMissing, "no process " + std::to_string(request.pid()), "it has to wait until it is bound"});
    if (facts->parent != connection.peer.pid && facts->pid != connection.peer.pid)
        return fail(
            {Code::kNotPermitted, "process " + std::to_string(request.pid()) + " is no child of the caller", "bind a child of yours"});
    if (auto bound = context_.sessions.bind_process(**session, *pid); !bound) return fail(bound.error());
    return done("bound");
}

Control::Answer Control::exec(Connection& connection, uint64_t id, const api_v1::ExecQuestion& request) {
    auto session = find_kept(connection, request.session());
    if (!session) return fail(session.error());
    const auto tid = outer_tid(connection.peer.pid, request.pid());
    if (!tid || !context_.sessions.in_session(*tid))
        return fail({Code::kMissing, "no task " + std::to_string(request.pid()) + " in this session", ""});
    HeldExec held;
    held.session = (*session)->kernel_id;
    // One keeper holds the programs of all sessions below its own too: a second one cannot be.
    for (const session::Session* below : context_.sessions.registry().below(**session)) {
        if (!context_.sessions.is_at(*below, *tid)) continue;
        held.session = below->kernel_id;
        break;
    }
    held.tid = *tid;
    held.name = {request.path(), request.dirfd(), request.empty_path()};
    held.held_ns = std::min<uint64_t>(request.boot_ns(), boot_ns());
    auto reply = [this, number = connection.number, id](const ExecVerdict& verdict) {
        api_v1::Response response;
        response.set_id(id);
        response.mutable_exec()->set_error(verdict.error);
        response.mutable_exec()->set_cacheable(verdict.cacheable);
        response.mutable_exec()->set_generation(verdict.generation);
        response.mutable_exec()->set_text(verdict.text);
        response.mutable_exec()->set_held(verdict.held);
        response.mutable_exec()->set_wait_ns(verdict.wait_ns);
        send(number, response);
    };
    context_.questions.on_held_exec(question_key(connection, id), held, reply);
    return std::nullopt;
}

Control::Answer Control::end(Connection& connection, const api_v1::EndSession& request) {
    auto session = find_kept(connection, request.session());
    if (!session) return fail(session.error());
    connection.kept.erase((*session)->kernel_id);
    keepers_.erase((*session)->kernel_id);
    const std::string id = (*session)->id;
    const auto status = exit_status_of(request.wait_status());
    context_.catch_up();
    context_.lives.end(**session, "its command ended", status);
    return done("session " + id + " ended");
}

Control::Answer Control::rejoin(Connection& connection, const api_v1::Rejoin& request) {
    auto found = context_.sessions.registry().find(request.session());
    if (!found) return fail(found.error());
    session::Session& session = **found;
    if (session.state == session::State::kEnded || session.origin != session::Origin::kRun)
        return fail({Code::kMissing, "session " + session.id + " is over", "start a new session"});
    if (connection.actor.uid != 0 && connection.actor.uid != session.starter.uid)
        return fail({Code::kNotPermitted, "session " + session.id + " was started by somebody else", ""});
    keep(connection, session);
    return session_response(session, false);
}

Result<std::string> Control::find_cgroup(const std::string& named) const {
    std::string path = named;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (path.empty()) return Error{Code::kUsage, "no cgroup was named", "name a folder of the cgroup v2 tree with --cgroup"};
    if (path.starts_with('/') && session::cgroup_exists(path)) return path;
    // As /proc/PID/cgroup and systemd name it: below the root.
    const std::string below = context_.cgroup_root + (path.starts_with('/') ? "" : "/") + path;
    if (session::cgroup_exists(below)) return below;
    return Error{Code::kMissing, "no cgroup " + named, "name a folder of the cgroup v2 tree, or a path below " + context_.cgroup_root};
}

// Fills in what is to be bound, and where its paths are read.
Result<std::string> Control::find_attached(const Connection& connection, const api_v1::Attach& request,
                                           session::StartRequest& start) const {
    if (!request.unit().empty()) return session::find_unit(context_.cgroup_root, request.unit());
    if (request.pid() == 0) return find_cgroup(request.cgroup());
    const auto pid = outer_tid(connection.peer.pid, request.pid());
    const auto process = pid ? read_process(*pid) : std::nullopt;
    if (!process) return Error{Code::kMissing, "no process " + std::to_string(request.pid()), "name one that is in the cgroup"};
    auto cgroup = session::cgroup_folder_of(*pid);
    if (!cgroup) return cgroup;
    start.root_of = *pid;
    start.root_folder = request.root();
    // The guard would refuse what the runtime has yet to do in it: pivot_root, to begin with.
    if (!request.root().empty()) start.set_up = {process->pid, process->start_ns};
    return cgroup;
}

Control::Answer Control::attach(Connection& connection, const api_v1::Attach& request) {
    session::StartRequest start;
    auto cgroup = find_attached(connection, request, start);
    if (!cgroup) return fail(cgroup.error());
    std::vector<policy::Diagnostic> diagnostics;
    auto loaded = load_policy(connection, {}, request.has_source() ? &request.source() : nullptr, request.installed(), diagnostics);
    if (!loaded) return fail(loaded.error(), diagnostics);
    start.policy = *loaded;
    start.claims = claims_of(request.claims());
    start.starter = connection.actor;
    start.lifetime_ns = request.lifetime_ns();
    auto attached = context_.sessions.attach(start, *cgroup);
    if (!attached) return fail(attached.error());
    context_.recorder.session(trail::Kind::kSessionStart, **attached, &connection.actor);
    context_.lives.follow(**attached);
    if (auto served = context_.resolver.serve(**attached, {}); !served) log_warning(served.error().message);
    return session_response(**attached, true);
}

Control::Answer Control::detach(Connection& connection, const api_v1::Detach& request) {
    auto found = context_.sessions.registry().find(request.session());
    if (!found) return fail(found.error());
    session::Session& session = **found;
    if (!context_.sessions.registry().below(session).empty())
        return fail({Code::kRefused, "there are sessions below " + session.id, "end them first"});
    context_.catch_up();
    if (auto detached = context_.sessions.detach(session); !detached) return fail(detached.error());
    context_.sessions.keep_counts(session);
    context_.recorder.session(trail::Kind::kSessionEnd, session, &connection.actor);
    context_.lives.changed(session);
    const std::string id = session.id;
    context_.lives.look(session);
    return done("session " + id + " detached: its processes go on unmediated");
}

Control::Answer Control::revoke(Connection& connection, const api_v1::Revoke& request) {
    auto found = context_.sessions.registry().find(request.session());
    if (!found) return fail(found.error());
    session::Session& session = **found;
    const std::string reason = request.reason().empty() ? "revoked by an operator" : request.reason();
    auto revoked = context_.sessions.revoke(session, reason, request.kill());
    if (!revoked && session.state != session::State::kRevoked) return fail(revoked.error());
    context_.recorder.session(trail::Kind::kSessionRevoked, session, &connection.actor);
    context_.lives.changed(session);
    // The kernel refuses them since the word above was written; this makes their sockets and records follow.
    size_t below = 0;
    for (session::Session* each : context_.sessions.registry().below(session)) {
        if (!context_.sessions.revoke(*each, "a session above was revoked: " + reason, request.kill()) &&
            each->state != session::State::kRevoked)
            continue;
        below++;
        context_.recorder.session(trail::Kind::kSessionRevoked, *each, &connection.actor);
        context_.lives.changed(*each);
    }
    const std::string text = "session " + session.id + " revoked" +
                             (below == 0 ? "" : ", and " + std::to_string(below) + (below == 1 ? " session" : " sessions") + " below it");
    log_info(text + ": " + reason);
    if (!revoked) return fail(std::move(revoked).error().within("revoked, but"));
    return done(text);
}

}  // namespace remit::daemon
