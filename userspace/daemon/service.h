// The daemon: everything it is made of, in the order in which it comes up and goes. Used by remitd_main.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "daemon/attachments.h"
#include "daemon/control.h"
#include "daemon/cuts.h"
#include "daemon/metrics.h"
#include "daemon/notices.h"
#include "daemon/options.h"
#include "daemon/resolver.h"

namespace remit::daemon {

class Service {
public:
    // All or nothing: kernel programs attached (or adopted), sessions back, trail open, canary refused, socket listening.
    static Result<std::unique_ptr<Service>> start(Options options);
    ~Service();

    // Until SIGTERM or SIGINT. Sessions and pins stay.
    Result<void> run();

private:
    explicit Service(Options options, Loop loop) : options_(std::move(options)), loop_(std::move(loop)) {}

    Result<void> open_kernel();
    Result<void> open_trail();
    Result<void> open_sessions();
    Result<void> watch_descriptors();
    Result<void> fly_canary();
    Result<void> begin_attachments();
    Result<void> open_control();
    void adopt_sessions();

    void on_event(const remit_event& event);
    void drain_events();
    void drain_lines();
    void catch_up();
    void on_second();
    void say_losses();
    void follow_trail_health();
    void follow_lsm_switch();
    void on_signal();
    void say_goodbye();
    std::string metrics();
    void append_traffic(std::string& out);

    Options options_;
    Loop loop_;
    uint64_t started_ns_ = 0;
    Fd lock_;
    Fd signals_;
    std::optional<kernel::Kernel> kernel_;
    Guarantees guarantees_;
    std::unique_ptr<trail::Writer> writer_;
    std::optional<trail::KeyChange> key_change_;  // to be recorded
    std::optional<session::Store> store_;
    std::optional<session::Lifecycle> sessions_;
    std::optional<Recorder> recorder_;
    std::optional<Questions> questions_;
    std::optional<Notices> notices_;
    std::optional<Lives> lives_;
    std::optional<Cuts> cuts_;
    std::unique_ptr<Resolver> resolver_;
    std::optional<PolicyLoader> policies_;
    std::optional<Attachments> attachments_;
    Lines lines_;
    bool hooks_lost_ = false;
    bool pins_gone_ = false;
    bool lsm_called_ = true;  // as it was said last
    uint64_t questions_lost_ = 0;
    uint64_t notices_lost_ = 0;
    std::string archive_error_;         // as it was said last
    std::optional<bool> trail_failed_;  // as it was acted upon last; empty: not yet looked at
    std::unique_ptr<MetricsServer> metrics_;
    std::optional<Control> control_;  // last: it goes first, while what it works with is there
};

}  // namespace remit::daemon
