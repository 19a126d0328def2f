// The parent of CMD: holds the listener, forwards signals, tells refusals, and learns how CMD ended. One poll loop that never waits for
// the daemon. Used by `remit run`.
#pragma once

#include <signal.h>

#include <memory>
#include <optional>
#include <string>

#include "api/channel.h"
#include "base/fd.h"
#include "cli/hold.h"
#include "cli/launcher.h"
#include "cli/link.h"
#include "cli/refusals.h"

namespace remit::cli {

// Blocks the signals that the keeper takes from its descriptor; `before` receives the mask that CMD is to start with.
Result<Fd> take_signals(sigset_t& before);

class Keeper {
public:
    struct Parts {
        std::string session;
        Launched launched;  // let go already
        Fd signals;
        DaemonLink link;
        std::optional<api::ClientChannel> watch;  // a connection of its own, so that a flood of records delays no answer
        Refusals refusals;
        bool linger = false;  // CMD's end is not the session's
    };
    // Fails only when the listener is none.
    static Result<std::unique_ptr<Keeper>> make(Parts parts);

    // Until CMD is over and, unless the session lingers, the daemon knows it. Returns the wait status of CMD.
    int run();
    // errno of CMD's execution, 0 when it ran.
    int exec_error() const { return exec_error_; }
    // A refusal was told: nobody needs to be told again why CMD did not start.
    bool said_refusal() const { return said_refusal_; }
    // The rest of a session that lingers, in a process of its own: answers until no task is left under the filter, then ends the session.
    void serve_rest();
    bool holds() const { return hold_.has_value(); }

private:
    explicit Keeper(Parts parts) : parts_(std::move(parts)) {}

    void wait_once(Clock::time_point until);
    void on_response(const control::v1::Response& response);
    void on_changed(const control::v1::Changed& changed);
    void on_watch();
    void on_signals();
    void reap();
    void begin_end();
    bool is_done(Clock::time_point now) const;

    Parts parts_;
    std::optional<ExecHold> hold_;
    std::optional<int> status_;  // of CMD, once it is over
    uint64_t end_id_ = 0;
    bool end_answered_ = false;
    Clock::time_point end_by_ = Clock::time_point::max();
    int exec_error_ = 0;
    bool said_refusal_ = false;
    bool listener_ended_ = false;
};

}  // namespace remit::cli
