#include "cli/keeper.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace remit::cli {
namespace {

constexpr std::array kForwarded{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
// The session's end is told; the shell's prompt does not wait longer than this for a daemon that is slow.
constexpr std::chrono::milliseconds kEndDeadline{1000};

int timeout_until(Clock::time_point until) {
    if (until == Clock::time_point::max()) return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

}  // namespace

Result<Fd> take_signals(sigset_t& before) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    for (int signal : kForwarded) sigaddset(&mask, signal);
    if (::sigprocmask(SIG_BLOCK, &mask, &before) != 0) return errno_error("block", "signals");
    Fd fd(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) return errno_error("open", "signalfd");
    return fd;
}

Result<std::unique_ptr<Keeper>> Keeper::make(Parts parts) {
    std::unique_ptr<Keeper> keeper(new Keeper(std::move(parts)));
    if (keeper->parts_.launched.listener) {
        auto listener = Listener::make(std::move(keeper->parts_.launched.listener));
        if (!listener) return std::move(listener).error();
        Keeper* self = keeper.get();
        keeper->hold_.emplace(self->parts_.session, *std::move(listener), self->parts_.link, [self](const std::string& line) {
            self->said_refusal_ = true;
            self->parts_.refusals.say(line);
        });
    }
    return keeper;
}

int Keeper::run() {
    while (!is_done(Clock::now())) wait_once(end_by_);
    return *status_;
}

void Keeper::serve_rest() {
    parts_.watch.reset();
    parts_.link.renew();  // the daemon knows connections by the process that opened them
    while (hold_ && !listener_ended_) wait_once(Clock::time_point::max());
    begin_end();
    while (!is_done(Clock::now())) wait_once(end_by_);
}

bool Keeper::is_done(Clock::time_point now) const {
    if (!status_) return false;
    return end_answered_ || end_id_ == 0 || parts_.link.fd() < 0 || now >= end_by_;
}

void Keeper::wait_once(Clock::time_point until) {
    bool holding = hold_ && !listener_ended_;
    std::array<pollfd, 5> fds{{{parts_.signals.get(), POLLIN, 0},
                               {holding ? hold_->fd() : -1, POLLIN, 0},
                               {parts_.link.fd(), parts_.link.events(), 0},
                               {parts_.watch ? parts_.watch->fd() : -1, POLLIN, 0},
                               {parts_.launched.channel.get(), POLLIN, 0}}};
    until = std::min(until, parts_.link.next_time());
    if (holding) until = std::min(until, hold_->next_time());
    if (::poll(fds.data(), fds.size(), timeout_until(until)) < 0) return;

    // Answers first: who waits longest goes on first.
    parts_.link.on_ready(fds[2].revents, [this](const control::v1::Response& response) { on_response(response); });
    if (holding && (fds[1].revents & POLLIN))
        hold_->on_readable();
    else if (fds[1].revents & (POLLHUP | POLLERR | POLLNVAL))
        listener_ended_ = true;  // no task is left under the filter
    if (fds[4].revents) {
        exec_error_ = read_exec_error(parts_.launched);
        parts_.launched.channel.reset();
    }
    if (fds[3].revents) on_watch();
    if (fds[0].revents) on_signals();
    Clock::time_point now = Clock::now();
    parts_.link.on_time(now);
    if (hold_) hold_->on_time(now);
}

void Keeper::on_response(const control::v1::Response& response) {
    if (end_id_ != 0 && response.id() == end_id_) end_answered_ = true;
    if (response.has_changed()) on_changed(response.changed());
    if (response.has_exec() && hold_) hold_->on_answer(response.id(), response.exec());
    if (response.has_failure() && hold_) hold_->on_failure(response.id());
}

void Keeper::on_changed(const control::v1::Changed& changed) {
    if (hold_) hold_->on_changed(changed.generation());
    if (status_ || changed.state() == "armed" || changed.state().empty()) return;
    parts_.refusals.say("session " + parts_.session + " is " + changed.state() + ": everything is refused from now on; see `remit show " +
                        parts_.session + "`");
}

void Keeper::on_watch() {
    auto open = parts_.watch->receive();
    for (auto response = parts_.watch->next(); response && response->has_value(); response = parts_.watch->next())
        for (const std::string& line : (*response)->lines().json()) parts_.refusals.say_record(line, holds());
    if (!open || !*open) parts_.watch.reset();
}

void Keeper::on_signals() {
    signalfd_siginfo info;
    while (::read(parts_.signals.get(), &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
        if (info.ssi_signo == SIGCHLD) {
            reap();
        } else if (!status_ && info.ssi_code != SI_KERNEL) {
            // The terminal signals the whole foreground group: CMD has those already.
            ::kill(parts_.launched.pid, static_cast<int>(info.ssi_signo));
        }
    }
}

void Keeper::reap() {
    int status = 0;
    pid_t pid;
    // Orphans of the session are ours too (subreaper).
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != parts_.launched.pid || status_) continue;
        status_ = status;
        if (parts_.launched.channel) exec_error_ = read_exec_error(parts_.launched);
        if (!parts_.linger) begin_end();
    }
}

void Keeper::begin_end() {
    control::v1::Request request;
    request.mutable_end()->set_session(parts_.session);
    request.mutable_end()->set_wait_status(*status_);
    end_by_ = Clock::now() + kEndDeadline;
    end_id_ = parts_.link.send(std::move(request));
}

}  // namespace remit::cli
