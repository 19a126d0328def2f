// Connections: accepted, admitted, read, written, closed.
#include "daemon/control.h"

#include <sys/epoll.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/event_record.h"
#include "daemon/process.h"

namespace remit::daemon {

namespace {

// Each takes a descriptor and up to some MiB of what it does not read.
constexpr size_t kMaxConnections = 4096;  // of control.sock; those of agent.sock are limited by session, and in all by this too

}  // namespace

api_v1::Response fail(const Error& error, const std::vector<policy::Diagnostic>& diagnostics) {
    api_v1::Response response;
    *response.mutable_failure() = failure_of(error, diagnostics);
    return response;
}

api_v1::Response done(const std::string& message) {
    api_v1::Response response;
    response.mutable_done()->set_message(message);
    return response;
}

Control::Control(Context context, Fd listener, Fd agents)
    : context_(std::move(context)), listener_(std::move(listener)), agents_(std::move(agents)), children_(context_.sessions.registry()) {}

Result<void> Control::begin() {
    context_.questions.grant_by(
        [this](session::Session& session, const std::string& tool, const Terms& terms, const session::Actor& actor) {
            auto armed = find_armed(session.id);
            return armed ? grant_tool(session, tool, terms, actor) : Result<void>(std::move(armed).error());
        });
    if (auto watched = context_.loop.watch(agents_.get(), EPOLLIN, [this](uint32_t) { accept_all(agents_); }); !watched) return watched;
    return context_.loop.watch(listener_.get(), EPOLLIN, [this](uint32_t) { accept_all(listener_); });
}

Control::~Control() {
    context_.loop.unwatch(listener_.get());
    context_.loop.unwatch(agents_.get());
    for (const auto& [number, connection] : connections_) {
        context_.loop.unwatch(connection->channel.fd());
        for (uint64_t watch : connection->watches) context_.lines.unwatch(watch);
    }
}

size_t Control::count_of_control() const {
    return static_cast<size_t>(std::ranges::count_if(connections_, [](const auto& each) { return !each.second->agent; }));
}

void Control::accept_all(const Fd& listener) {
    const bool agent = &listener == &agents_;
    while (true) {
        auto socket = api::accept_waiting(listener);
        if (!socket) return log_warning((agent ? "agent socket: " : "control socket: ") + socket.error().message);
        if (!*socket) return;
        const size_t control = count_of_control();
        if ((agent ? connections_.size() - control : control) >= kMaxConnections) continue;  // closed at once
        auto peer = api::read_peer(socket->get());
        auto channel = api::ServerChannel::make(*std::move(socket));
        if (!peer || !channel) continue;
        auto connection = std::make_unique<Connection>(
            Connection{++last_number_, *std::move(channel), *std::move(peer), {}, {}, {}, false, {}, agent, 0});
        if (agent) {
            if (!admit_agent(*connection)) continue;
        } else if (auto actor = admit(connection->peer)) {
            connection->actor = *std::move(actor);
        } else {
            connection->refusal = std::move(actor).error();
        }
        const uint64_t number = connection->number;
        const int fd = connection->channel.fd();
        connections_.emplace(number, std::move(connection));
        if (!context_.loop.watch(fd, EPOLLIN, [this, number](uint32_t events) { serve(number, events); })) close(number);
    }
}

// The socket's mode keeps everybody out but root and the group; a session's process stays out whoever it runs as.
Result<session::Actor> Control::admit(const api::Peer& peer) {
    if (peer.pid == 0)
        return Error{Code::kNotPermitted, "the caller's process cannot be seen from here",
                     "run remit in the daemon's pid namespace or below it"};
    if (context_.sessions.in_session(peer.pid))
        return Error{Code::kNotPermitted, "a process inside a session may not use the control socket", "run remit outside the session"};
    return actor_of(peer, "control.sock");
}

session::Actor Control::actor_of(const api::Peer& peer, const char* via) const {
    session::Actor actor;
    actor.uid = peer.uid;
    actor.gids.push_back(peer.gid);
    actor.gids.insert(actor.gids.end(), peer.groups.begin(), peer.groups.end());
    actor.login_uid = read_login_uid(peer.pid);
    actor.pid = peer.pid;
    if (const auto facts = read_process(peer.pid)) actor.exec_id = exec_id(static_cast<uint32_t>(peer.pid), facts->start_ns);
    actor.via = via;
    return actor;
}

// Whoever connects is answered about the session that its process is in, or told why not. False: not even that, it has enough connections.
bool Control::admit_agent(Connection& connection) {
    const api::Peer& peer = connection.peer;
    auto session = peer.pid != 0 && peer.pidfd
                       ? context_.sessions.session_of(peer.pidfd.get(), peer.pid)
                       : Error{Code::kNotPermitted, "the caller's process cannot be seen from here", "its pid namespace is another one"};
    if (session) {
        connection.inside = (*session)->kernel_id;
        connection.actor = actor_of(peer, "agent.sock");
    } else {
        connection.refusal = std::move(session).error();
    }
    return limits_.connect(connection.inside, boot_ns());
}

Control::Connection* Control::find(uint64_t number) {
    auto at = connections_.find(number);
    return at == connections_.end() ? nullptr : at->second.get();
}

void Control::serve(uint64_t number, uint32_t events) {
    Connection* connection = find(number);
    if (!connection) return;
    if ((events & EPOLLOUT) && !connection->channel.flush()) return close(number);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !read_requests(number)) return;
    connection = find(number);
    if (!connection) return;
    const bool wants = connection->channel.wants_write();
    if (wants == connection->waits_to_write) return;
    connection->waits_to_write = wants;
    (void)context_.loop.change(connection->channel.fd(), wants ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

bool Control::read_requests(uint64_t number) {
    Connection* connection = find(number);
    auto open = connection->channel.receive();
    while (connection) {
        auto request = connection->channel.next();
        if (!request) {
            log_warning("a client (pid " + std::to_string(connection->peer.pid) + ") was disconnected: " + request.error().message);
            close(number);
            return false;
        }
        if (!request->has_value()) break;
        if (Answer answer = handle(*connection, **request)) {
            answer->set_id((*request)->id());
            if (!send(number, *answer)) return false;
        }
        connection = find(number);
    }
    if (!connection) return false;
    if (open && *open) return true;
    close(number);
    return false;
}

bool Control::send(uint64_t number, const api_v1::Response& response) {
    Connection* connection = find(number);
    if (!connection) return false;
    if (!connection->channel.send(response)) {
        // Not from within the handler that may still use it.
        context_.loop.soon([this, number] { close(number); });
        return false;
    }
    if (connection->channel.wants_write() && !connection->waits_to_write) {
        connection->waits_to_write = true;
        (void)context_.loop.change(connection->channel.fd(), EPOLLIN | EPOLLOUT);
    }
    return true;
}

void Control::close(uint64_t number) {
    auto at = connections_.find(number);
    if (at == connections_.end()) return;
    const std::unique_ptr<Connection> connection = std::move(at->second);
    connections_.erase(at);
    context_.loop.unwatch(connection->channel.fd());
    for (uint64_t watch : connection->watches) context_.lines.unwatch(watch);
    if (connection->agent) limits_.disconnect(connection->inside);
    context_.questions.forget_asker(number);
    for (uint64_t kernel_id : connection->kept) {
        auto keeper = keepers_.find(kernel_id);
        if (keeper == keepers_.end() || keeper->second != number) continue;  // taken up by another connection
        keepers_.erase(keeper);
        if (session::Session* session = context_.sessions.registry().find_kernel_id(kernel_id)) context_.lives.keeper_gone(*session);
    }
}

void Control::tell_changed(const session::Session& session) {
    auto keeper = keepers_.find(session.kernel_id);
    if (keeper == keepers_.end()) return;
    api_v1::Response response;
    response.mutable_changed()->set_session(session.id);
    response.mutable_changed()->set_generation(session.generation);
    response.mutable_changed()->set_state(std::string(session::shown_state(session)));
    send(keeper->second, response);
}

Control::Answer Control::recorded(Answer answer) {
    (void)context_.writer.flush();  // a trail that cannot be written is another's business: service_run.cc
    return answer;
}

Control::Answer Control::handle(Connection& connection, const api_v1::Request& request) {
    if (connection.agent) return handle_agent(connection, request);
    if (connection.refusal) return fail(*connection.refusal);
    switch (request.body_case()) {
        case api_v1::Request::kStart:
            return start(connection, request.start());
        case api_v1::Request::kBind:
            return bind(connection, request.bind());
        case api_v1::Request::kExec:
            return exec(connection, request.id(), request.exec());
        case api_v1::Request::kEnd:
            return end(connection, request.end());
        case api_v1::Request::kRejoin:
            return rejoin(connection, request.rejoin());
        case api_v1::Request::kAttach:
            return recorded(attach(connection, request.attach()));
        case api_v1::Request::kDetach:
            return recorded(detach(connection, request.detach()));
        case api_v1::Request::kList:
            return list(request.list());
        case api_v1::Request::kShow:
            return show(request.show());
        case api_v1::Request::kRevoke:
            return recorded(revoke(connection, request.revoke()));
        case api_v1::Request::kWhy:
            return why(request.why());
        case api_v1::Request::kWatch:
            return watch(connection, request.id(), request.watch());
        case api_v1::Request::kStatus:
            return status();
        case api_v1::Request::kPending:
            return pending();
        case api_v1::Request::kAnswer:
            return recorded(answer(connection, request.answer()));
        case api_v1::Request::kGrant:
            return recorded(grant(connection, request.grant()));
        case api_v1::Request::kRenew:
            return recorded(renew(connection, request.renew()));
        case api_v1::Request::kReload:
            return recorded(reload(connection, request.reload()));
        case api_v1::Request::kWhoIs:
            return who_is(request.who_is());
        case api_v1::Request::kWithdraw:
            context_.questions.withdraw(question_key(connection, request.withdraw().question()));
            return std::nullopt;
        case api_v1::Request::kAskForTool:
        case api_v1::Request::kWhoAmI:
        case api_v1::Request::kForesee:
            return fail({Code::kNotPermitted, "only a process inside a session asks that", "run it by `remit run`"});
        case api_v1::Request::BODY_NOT_SET:
            break;
    }
    return fail({Code::kUsage, "this daemon does not know that request", "use a remit of the daemon's version"});
}

}  // namespace remit::daemon
