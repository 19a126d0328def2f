// A blocking client of the control socket: one request, one answer, or a stream of them. A daemon that is stopped hangs nobody: calls have
// a deadline. Used by cli/; the keeper turns its client into a channel.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "api/channel.h"
#include "api/socket.h"

namespace remit::api {

// Starting a session with a large policy takes the daemon some 10 ms; a revocation with many sockets the same.
inline constexpr std::chrono::milliseconds kCallDeadline{10000};

// A Failure of the daemon as an error of ours; its diagnostics stay in the response.
Error to_error(const control::v1::Failure& failure);

class Client {
public:
    static Result<Client> connect(const std::string& run_dir);
    // From inside a session, to the agent socket.
    static Result<Client> connect_inside(const std::string& run_dir);
    // Over a socket that is connected already (tests).
    static Result<Client> adopt(Fd socket);

    // Sends with a fresh id and waits for the answer to it. An answer that is a Failure comes back as a response; errors are of transport:
    // kUnavailable when the daemon is gone or silent for longer than the deadline.
    Result<control::v1::Response> call(control::v1::Request request, std::chrono::milliseconds deadline = kCallDeadline);
    // The next answer to the last call, where one is followed by another.
    Result<control::v1::Response> next(std::chrono::milliseconds deadline);
    // Sends, then hands every response to on_response until that returns false or the daemon closes (kUnavailable). Waits without limit.
    Result<void> stream(control::v1::Request request, const std::function<bool(const control::v1::Response&)>& on_response);

    ClientChannel into_channel() && { return std::move(channel_); }
    uint64_t last_id() const { return last_id_; }

private:
    explicit Client(ClientChannel channel) : channel_(std::move(channel)) {}
    Result<uint64_t> send(control::v1::Request& request);
    // The next response; deadline in monotonic time, none: no limit.
    Result<control::v1::Response> wait(std::chrono::steady_clock::time_point deadline);

    ClientChannel channel_;
    uint64_t last_id_ = 0;
};

}  // namespace remit::api
