#include "api/client.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace remit::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr steady_clock::time_point kNever = steady_clock::time_point::max();

int poll_timeout(steady_clock::time_point deadline) {
    if (deadline == kNever) return -1;
    auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

Error gone() {
    return Error{Code::kUnavailable, "the daemon closed the connection", "see its log, and `remit status`"};
}

}  // namespace

Error to_error(const control::v1::Failure& failure) {
    constexpr std::array kCodes{Code::kRefused,     Code::kUsage,       Code::kBadData, Code::kMissing,
                                Code::kUnavailable, Code::kUnsupported, Code::kPending, Code::kNotPermitted};
    Error error{Code::kInternal, failure.message(), failure.hint()};
    for (Code code : kCodes)
        if (failure.code() == static_cast<int>(code)) error.code = code;
    return error;
}

Result<Client> Client::connect(const std::string& run_dir) {
    auto fd = connect_control(run_dir);
    if (!fd) return std::move(fd).error();
    return adopt(*std::move(fd));
}

Result<Client> Client::connect_inside(const std::string& run_dir) {
    auto fd = connect_agent(run_dir);
    if (!fd) return std::move(fd).error();
    return adopt(*std::move(fd));
}

Result<Client> Client::adopt(Fd socket) {
    auto channel = ClientChannel::make(std::move(socket));
    if (!channel) return std::move(channel).error();
    return Client(*std::move(channel));
}

Result<uint64_t> Client::send(control::v1::Request& request) {
    request.set_id(++last_id_);
    if (auto sent = channel_.send(request); !sent) return std::move(sent).error();
    return last_id_;
}

Result<control::v1::Response> Client::wait(steady_clock::time_point deadline) {
    for (;;) {
        auto response = channel_.next();
        if (!response) return std::move(response).error();
        if (response->has_value()) return **std::move(response);
        pollfd wait{channel_.fd(), static_cast<short>(POLLIN | (channel_.wants_write() ? POLLOUT : 0)), 0};
        int ready = ::poll(&wait, 1, poll_timeout(deadline));
        if (ready < 0 && errno != EINTR) return errno_error("wait for", "the daemon");
        if (ready == 0) return Error{Code::kUnavailable, "the daemon did not answer in time", "see its log; is it stopped or overloaded?"};
        if (ready < 0) continue;
        if (auto flushed = channel_.flush(); !flushed) return std::move(flushed).error();
        auto open = channel_.receive();
        if (!open) return std::move(open).error();
        if (*open) continue;
        auto last = channel_.next();
        if (last && last->has_value()) return **std::move(last);
        return gone();
    }
}

Result<control::v1::Response> Client::call(control::v1::Request request, milliseconds limit) {
    auto id = send(request);
    if (!id) return std::move(id).error();
    auto deadline = steady_clock::now() + limit;
    for (;;) {
        auto response = wait(deadline);
        if (!response || response->id() == *id) return response;
    }
}

Result<control::v1::Response> Client::next(milliseconds limit) {
    auto deadline = steady_clock::now() + limit;
    for (;;) {
        auto response = wait(deadline);
        if (!response || response->id() == last_id_) return response;
    }
}

Result<void> Client::stream(control::v1::Request request, const std::function<bool(const control::v1::Response&)>& on_response) {
    auto id = send(request);
    if (!id) return std::move(id).error();
    for (;;) {
        auto response = wait(kNever);
        if (!response) return std::move(response).error();
        if (response->id() == *id && !on_response(*response)) return {};
    }
}

}  // namespace remit::api
