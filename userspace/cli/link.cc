#include "cli/link.h"

#include <poll.h>

#include <algorithm>

namespace remit::cli {
namespace {

// A restarting daemon is back within some 100 ms; a stopped one is not worth more than a look every two seconds.
constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::milliseconds kLastRetry{2000};

}  // namespace

short DaemonLink::events() const {
    return static_cast<short>(POLLIN | (channel_ && channel_->wants_write() ? POLLOUT : 0));
}

uint64_t DaemonLink::send(control::v1::Request request) {
    if (!channel_) return 0;
    request.set_id(++last_id_);
    if (!channel_->send(request)) {
        lose();
        return 0;
    }
    return last_id_;
}

void DaemonLink::on_ready(short events, const OnResponse& on_response) {
    if (!channel_ || events == 0) return;
    if (!channel_->flush()) return lose();
    auto open = channel_->receive();
    while (channel_) {
        auto response = channel_->next();
        if (!response) return lose();
        if (!response->has_value()) break;
        take(**response, on_response);
    }
    if (channel_ && (!open || !*open)) lose();
}

void DaemonLink::take(const control::v1::Response& response, const OnResponse& on_response) {
    if (rejoin_id_ == 0 || response.id() != rejoin_id_) return on_response(response);
    rejoin_id_ = 0;
    if (response.has_failure()) {
        state_ = State::kOver;
        channel_.reset();
        return;
    }
    state_ = State::kAnswers;
    retry_after_ = {};
}

void DaemonLink::doubt() {
    if (state_ != State::kAnswers) return;
    state_ = State::kDoubted;
    rejoin();
}

void DaemonLink::rejoin() {
    control::v1::Request request;
    request.mutable_rejoin()->set_session(session_);
    rejoin_id_ = send(std::move(request));
}

void DaemonLink::lose() {
    channel_.reset();
    rejoin_id_ = 0;
    state_ = State::kAway;
    retry_after_ = std::clamp(retry_after_ * 2, kFirstRetry, kLastRetry);
    retry_at_ = Clock::now() + retry_after_;
}

void DaemonLink::renew() {
    if (state_ == State::kOver) return;
    lose();
    retry_at_ = Clock::now();
    on_time(retry_at_);
}

void DaemonLink::on_time(Clock::time_point now) {
    if (state_ != State::kAway || now < retry_at_) return;
    auto fd = connect_();
    auto channel = fd ? api::ClientChannel::make(*std::move(fd)) : Result<api::ClientChannel>(std::move(fd).error());
    if (!channel) return lose();
    channel_ = *std::move(channel);
    state_ = State::kDoubted;
    rejoin();
}

Clock::time_point DaemonLink::next_time() const {
    return state_ == State::kAway ? retry_at_ : Clock::time_point::max();
}

}  // namespace remit::cli
