// What the daemon does while it is up, and how it goes.
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/service.h"
#include "daemon/version.h"

namespace remit::daemon {

Result<void> Service::run() {
    recorder_->hooks(*kernel_, kernel_->adopted());
    ::sd_notify(0, "READY=1");
    log_info("ready on " + api::control_path(options_.run_dir));
    auto over = loop_.run();
    ::sd_notify(0, "STOPPING=1");
    say_goodbye();
    return over;
}

void Service::on_event(const remit_event& event) {
    if (event.crossing == REMIT_CGROUP_MADE) return attachments_->on_made();
    if (event.flags & REMIT_EVENT_NOTICE) return notices_->on_event(event);
    const bool question = event.flags & REMIT_EVENT_QUESTION;
    // First the question, so that its approval is there for the record to name.
    questions_->on_event(event);
    if (!question) recorder_->crossing(event, questions_->find_asked(event));
    resolver_->on_crossing(event);
    if (!question) cuts_->on_event(event);
}

void Service::drain_events() {
    auto drained = kernel_->drain([this](const remit_event& event) { on_event(event); });
    if (!drained) log_error("read the kernel's records: " + drained.error().message);
    if (attachments_->waits()) attachments_->settle();
}

void Service::drain_lines() {
    auto on_written = [this](const trail::Record& record, const std::string& line) { lines_.on_written(record, line); };
    auto on_lost = [this](const trail::Record& record) {
        recorder_->lost(record);
        hooks_lost_ |= record.kind == trail::Kind::kHooks;
    };
    writer_->drain(on_written, on_lost);
    follow_trail_health();
}

void Service::catch_up() {
    drain_events();
    recorder_->write_folded(true);
    (void)writer_->flush();
    drain_lines();
}

void Service::on_second() {
    drain_events();
    recorder_->settle(kernel_->totals());
    notices_->on_time();
    say_losses();
    questions_->on_time(boot_ns());
    sessions_->withdraw_due(boot_ns());
    resolver_->on_time(boot_ns());
    attachments_->on_time();
    drain_lines();
    follow_lsm_switch();
    if (hooks_lost_ && !writer_->status().failed) {
        hooks_lost_ = false;
        recorder_->hooks(*kernel_, true);
    }
}

// A trail that cannot be written stops the sessions whose policy says so; they go on when it can be written again. The first look settles
// what an earlier daemon left: suspended sessions, or a disk that is still full.
void Service::follow_trail_health() {
    const trail::WriterStatus status = writer_->status();
    if (trail_failed_ && status.failed == *trail_failed_) return;
    const bool first = !trail_failed_;
    trail_failed_ = status.failed;
    size_t stopped = 0;
    sessions_->registry().each([&](session::Session& each) {
        if (status.failed && !each.policy->policy.refuse_on_audit_failure) return;
        if (!(status.failed ? sessions_->suspend(each) : sessions_->resume(each))) return;
        stopped++;
        lives_->changed(each);
    });
    if (status.failed) {
        log_error("THE TRAIL CANNOT BE WRITTEN (" + status.error + "): " + std::to_string(stopped) +
                  " sessions with on_audit_failure: REFUSE are refused everything; make room or repair " + options_.log_dir);
    } else if (!first || stopped > 0) {
        log_warning("the trail is written again: " + std::to_string(stopped) + " sessions go on; what was lost stands in it as gaps");
    }
}

// What the programs on LSM hooks alone hold is open while the kernel does not call them: it is said where it can be heard.
void Service::follow_lsm_switch() {
    if (kernel_->tier() != kernel::Tier::kLsm) return;
    const bool called = kernel::calls_lsm_programs();
    if (called == lsm_called_) return;
    lsm_called_ = called;
    guarantees_ = probe_guarantees(*kernel_, options_.cgroup_root);
    recorder_->hooks(*kernel_, true);
    if (called)
        log_warning("kernel.ftrace_enabled is 1 again: the LSM programs are called");
    else
        log_error(
            "KERNEL.FTRACE_ENABLED IS 0: the LSM programs are not called. Exec and IP are judged, a refused exec by SIGKILL; unix sockets "
            "and root in a session are not held: set it to 1");
}

// Lost questions cost the session a retry, lost notices a record; both say that something floods.
void Service::say_losses() {
    uint64_t questions = 0;
    uint64_t notices = 0;
    for (const remit_totals& each : kernel_->totals()) {
        questions += each.questions_lost;
        notices += each.notices_lost;
    }
    if (questions > questions_lost_)
        log_warning(std::to_string(questions - questions_lost_) +
                    " questions of the kernel found no room: what they were about is refused until it is tried again");
    if (notices > notices_lost_)
        log_warning(std::to_string(notices - notices_lost_) +
                    " refused attempts found no room in the kernel's ring: they are missing from the trail");
    questions_lost_ = questions;
    notices_lost_ = notices;
    const trail::WriterStatus trail = writer_->status();
    if (trail.archive_error != archive_error_ && !trail.archive_error.empty())
        log_warning("old segments of the trail are not kept as they should be (" + trail.archive_error + "): they stay as they are");
    archive_error_ = trail.archive_error;
    // The programs live on by this daemon's descriptors; the next one would find no pins to adopt.
    const bool gone = ::access(options_.bpffs.c_str(), F_OK) != 0;
    if (gone && !pins_gone_)
        log_error("THE PINS UNDER " + options_.bpffs +
                  " ARE GONE: sessions stay mediated while this daemon runs, and no longer; mount the bpffs again, then start their "
                  "commands anew");
    pins_gone_ = gone;
}

void Service::on_signal() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) loop_.stop();
}

void Service::say_goodbye() {
    drain_events();
    notices_->on_time();
    recorder_->write_folded(true);
    recorder_->settle(kernel_->totals());
    recorder_->software(trail::Kind::kDaemonStop, {kVersion, {}, 0});
    recorder_->hooks(*kernel_, true);
    if (auto flushed = writer_->flush(); !flushed) log_error("the trail's end: " + flushed.error().message);
    log_info("stopped; sessions stay mediated by the pinned programs");
}

}  // namespace remit::daemon
