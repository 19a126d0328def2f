// What becomes of sessions with time: they expire, their keepers go, their cgroups empty or vanish, what they left behind is killed.
// Owned by daemon/service.h; daemon/control.h tells it what people and keepers do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "daemon/cgroup_watch.h"
#include "daemon/loop.h"
#include "daemon/recorder.h"
#include "session/lifecycle.h"

namespace remit::daemon {

class Lives {
public:
    // A session's state or generation is another one now.
    using OnChanged = std::function<void(const session::Session&)>;

    Lives(Loop& loop, session::Lifecycle& sessions, Recorder& recorder, CgroupWatch watch);
    Result<void> begin();
    void on_changed(OnChanged on_changed) { on_changed_ = std::move(on_changed); }
    void changed(const session::Session& session) { on_changed_(session); }

    // Armed just now, or adopted: follows its cgroup and its deadline.
    void follow(session::Session& session);
    // Its deadline is another one.
    void renewed(session::Session& session);
    void keeper_gone(session::Session& session);
    void keeper_back(session::Session& session);
    // The command is over. exit_status as in a shell.
    void end(session::Session& session, const std::string& reason, std::optional<int> exit_status);
    // Takes it away if nothing is left of it.
    void look(session::Session& session);

private:
    struct Followed {
        bool keeper = true;
        std::optional<Loop::TimerId> grace;
        std::optional<Loop::TimerId> expiry;
        std::optional<int> exit_status;
    };

    void end_one(session::Session& session, const std::string& reason, std::optional<int> exit_status);
    void expire_later(const session::Session& session);
    void expire(uint64_t kernel_id);
    void tick();

    Loop& loop_;
    session::Lifecycle& sessions_;
    Recorder& recorder_;
    CgroupWatch watch_;
    OnChanged on_changed_ = [](const session::Session&) {};
    std::unordered_map<uint64_t, Followed> followed_;  // by kernel id
};

}  // namespace remit::daemon
