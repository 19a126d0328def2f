// The server on control.sock and agent.sock: who may speak, and what each request does. One connection may keep sessions (remit run) or
// watch lines. What comes by agent.sock is of one session and goes through handle_agent() alone. Owned by daemon/service.h; the verbs are
// in control_*.cc.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "api/channel.h"
#include "api/socket.h"
#include "base/fd.h"
#include "daemon/agent_limits.h"
#include "daemon/children.h"
#include "daemon/context.h"
#include "daemon/views.h"

namespace remit::daemon {

class Control {
public:
    Control(Context context, Fd listener, Fd agents);
    Result<void> begin();
    ~Control();

    // To the connection that keeps the session.
    void tell_changed(const session::Session& session);

private:
    struct Connection {
        uint64_t number = 0;
        api::ServerChannel channel;
        api::Peer peer;
        session::Actor actor;
        std::unordered_set<uint64_t> kept;  // kernel ids of sessions
        std::vector<uint64_t> watches;
        bool waits_to_write = false;
        std::optional<Error> refusal;  // said to every request: this peer may not speak
        bool agent = false;            // came by agent.sock
        uint64_t inside = 0;           // then the session that it is of, by kernel id; 0: of none, and refused
    };
    using Answer = std::optional<api_v1::Response>;  // nothing: answered otherwise, or later

    void accept_all(const Fd& listener);
    Result<session::Actor> admit(const api::Peer& peer);
    bool admit_agent(Connection& connection);
    session::Actor actor_of(const api::Peer& peer, const char* via) const;
    size_t count_of_control() const;
    void serve(uint64_t number, uint32_t events);
    bool read_requests(uint64_t number);
    // False: the connection was closed.
    bool send(uint64_t number, const api_v1::Response& response);
    void close(uint64_t number);
    Connection* find(uint64_t number);

    Answer handle(Connection& connection, const api_v1::Request& request);
    // What an operator does stands in the trail before they hear of it: a daemon that is killed then loses nothing of it.
    Answer recorded(Answer answer);
    // control_agent.cc: for a process inside a session, about its own session.
    Answer handle_agent(Connection& connection, const api_v1::Request& request);
    // A session below the caller's, by its `remit run`; that one keeps it as any other.
    Answer start_below(Connection& connection, session::Session& parent, const api_v1::StartSession& request);
    bool is_known(const session::Session& parent, const policy::Source& source);
    Result<void> is_below(const Connection& connection, const std::string& id);
    Answer started(Connection& connection, const session::StartRequest& start);
    static session::StartRequest start_request(const Connection& connection, const api_v1::StartSession& request,
                                               std::shared_ptr<session::LoadedPolicy> policy);
    Answer foresee(const session::Session& session, const api_v1::Foresee& request);
    Answer ask_for_tool(Connection& connection, uint64_t id, session::Session& session, const api_v1::AskForTool& request);
    Answer start(Connection& connection, const api_v1::StartSession& request);
    Answer bind(Connection& connection, const api_v1::BindTask& request);
    Answer exec(Connection& connection, uint64_t id, const api_v1::ExecQuestion& request);
    Answer end(Connection& connection, const api_v1::EndSession& request);
    Answer rejoin(Connection& connection, const api_v1::Rejoin& request);
    Answer attach(Connection& connection, const api_v1::Attach& request);
    Answer detach(Connection& connection, const api_v1::Detach& request);
    Answer revoke(Connection& connection, const api_v1::Revoke& request);
    Answer grant(Connection& connection, const api_v1::Grant& request);
    Answer renew(Connection& connection, const api_v1::Renew& request);
    Answer reload(Connection& connection, const api_v1::Reload& request);
    Answer list(const api_v1::List& request);
    Answer show(const api_v1::Show& request);
    Answer why(const api_v1::Why& request);
    api_v1::Response refusals(const std::string& session_id, uint32_t last);
    Answer watch(Connection& connection, uint64_t id, const api_v1::Watch& request);
    Answer status();
    Answer who_is(const api_v1::WhoIs& request);
    Answer pending();
    Answer answer(Connection& connection, const api_v1::Answer& request);

    Result<std::shared_ptr<session::LoadedPolicy>> load_policy(const Connection& connection, const session::Writer& writer,
                                                               const api_v1::PolicySource* source, const std::string& installed,
                                                               std::vector<policy::Diagnostic>& diagnostics);
    Result<void> grant_tool(session::Session& session, const std::string& tool, const Terms& terms, const session::Actor& actor);
    Result<session::Session*> find_armed(const std::string& id);
    Result<session::Session*> find_kept(const Connection& connection, const std::string& id);
    Result<std::string> find_cgroup(const std::string& named) const;
    Result<std::string> find_attached(const Connection& connection, const api_v1::Attach& request, session::StartRequest& start) const;
    void keep(Connection& connection, session::Session& session);
    static uint64_t question_key(const Connection& connection, uint64_t id) { return connection.number << 32 ^ id; }
    void fill_globs(api_v1::StatusReport& report);
    api_v1::Response session_response(const session::Session& session, bool tools);

    Context context_;
    Fd listener_;
    Fd agents_;
    AgentLimits limits_;
    Children children_;
    std::map<uint64_t, std::unique_ptr<Connection>> connections_;
    std::unordered_map<uint64_t, uint64_t> keepers_;  // connection by session
    uint64_t last_number_ = 0;
};

api_v1::Response fail(const Error& error, const std::vector<policy::Diagnostic>& diagnostics = {});
api_v1::Response done(const std::string& message);

}  // namespace remit::daemon
