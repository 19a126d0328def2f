// The keeper's line to the daemon: never waits, knows whether the daemon answers, and takes the session up again after it was away.
// Used by hold.h and keeper.h.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "api/channel.h"

namespace remit::cli {

using Clock = std::chrono::steady_clock;

class DaemonLink {
public:
    using Connect = std::function<Result<Fd>()>;
    using OnResponse = std::function<void(const control::v1::Response&)>;

    // ids_from: the last request id that was used on the channel.
    DaemonLink(std::string session, api::ClientChannel channel, uint64_t ids_from, Connect connect)
        : session_(std::move(session)), connect_(std::move(connect)), channel_(std::move(channel)), last_id_(ids_from) {}

    // Connected, and not silent for too long: questions are worth asking.
    bool answers() const { return state_ == State::kAnswers; }
    // The daemon does not know the session any more; nothing will be asked again.
    bool over() const { return state_ == State::kOver; }
    int fd() const { return channel_ ? channel_->fd() : -1; }
    short events() const;

    // Sends with a fresh id and returns that; 0 when the daemon is away.
    uint64_t send(control::v1::Request request);
    // After poll: reads and hands out what came.
    void on_ready(short events, const OnResponse& on_response);
    // A question stayed without an answer: ask whether anybody is there, and count on nobody until that is answered.
    void doubt();
    // Takes the session up again over a connection of this process (after a fork).
    void renew();
    // Connects anew when it is time to.
    void on_time(Clock::time_point now);
    // When on_time has something to do; max(): never.
    Clock::time_point next_time() const;

private:
    enum class State { kAnswers, kDoubted, kAway, kOver };

    void rejoin();
    void lose();
    void take(const control::v1::Response& response, const OnResponse& on_response);

    std::string session_;
    Connect connect_;
    std::optional<api::ClientChannel> channel_;
    uint64_t last_id_;
    uint64_t rejoin_id_ = 0;
    State state_ = State::kAnswers;
    Clock::time_point retry_at_{};
    std::chrono::milliseconds retry_after_{0};
};

}  // namespace remit::cli
