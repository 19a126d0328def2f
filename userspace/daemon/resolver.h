// Names of sessions: a DNS server for each network namespace that they use, which gives only what their policies let them look up, and
// binds what it gives before it gives it. Owned by daemon/service.h.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/loop.h"
#include "daemon/recorder.h"
#include "kernel/kernel.h"
#include "names/server.h"
#include "names/upstream.h"
#include "session/lifecycle.h"

namespace remit::daemon {

class Resolver {
public:
    // server: ADDRESS:PORT that names are asked of; empty: the host's own.
    static Result<std::unique_ptr<Resolver>> make(Loop& loop, kernel::Kernel& kernel, session::Lifecycle& sessions, Recorder& recorder,
                                                  const std::string& server);

    // Armed just now, or adopted: its DNS is served in the network namespaces of these processes and of those that it has. Says why not.
    Result<void> serve(const session::Session& session, const std::vector<pid_t>& others);
    // A session's refused call on port 53 may come from a namespace that nobody serves yet: the next try finds it served.
    void on_crossing(const remit_event& event);
    void on_time(uint64_t now_ns);

private:
    struct Served {
        std::unique_ptr<names::Server> server;
        std::set<uint64_t> sessions;  // by kernel id
    };
    // One question on its way.
    struct Asked {
        uint64_t session = 0;
        names::Question question;
        names::Server::Reply reply;
        remit_lookup lookup{};
    };

    Resolver(Loop& loop, kernel::Kernel& kernel, session::Lifecycle& sessions, Recorder& recorder)
        : loop_(loop), kernel_(kernel), sessions_(sessions), recorder_(recorder) {}
    names::Reactor reactor();
    Result<void> serve_namespace_of(const session::Session& session, pid_t pid);
    Result<void> open_server(uint64_t number, pid_t pid);
    uint64_t who_asks(uint64_t netns, const names::Source& source);
    void on_question(uint64_t netns, uint64_t who, const names::Source& source, const names::Question& question,
                     names::Server::Reply reply);
    bool may_look_up(const session::Session& session, Asked& asked, bool done);
    void on_answer(const std::shared_ptr<Asked>& asked, const std::optional<names::Answer>& answer);
    void give(const session::Session& session, Asked& asked, names::Answer answer);
    static void refuse(const Asked& asked, names::Rcode rcode, names::Extended why);

    Loop& loop_;
    kernel::Kernel& kernel_;
    session::Lifecycle& sessions_;
    Recorder& recorder_;
    std::unique_ptr<names::Upstream> upstream_;
    std::unordered_map<uint64_t, Served> served_;       // by inode of the network namespace
    std::unordered_map<uint64_t, uint32_t> in_flight_;  // by kernel id: questions whose answer is awaited
};

}  // namespace remit::daemon
