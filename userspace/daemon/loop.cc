#include "daemon/loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>

#include "base/clock.h"

namespace remit::daemon {

namespace {

// Descriptors served a round; the rest is served in the next one.
constexpr int kRound = 64;

}  // namespace

Result<Loop> Loop::make() {
    Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) return errno_error("epoll_create1");
    Fd timer(::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!timer) return errno_error("timerfd_create");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = timer.get();
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, timer.get(), &event) != 0) return errno_error("epoll_ctl", "timer");
    return Loop(std::move(epoll), std::move(timer));
}

Result<void> Loop::watch(int fd, uint32_t events, Handler handler) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return errno_error("epoll_ctl", "add " + std::to_string(fd));
    handlers_[fd] = std::make_shared<Handler>(std::move(handler));
    return {};
}

Result<void> Loop::change(int fd, uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) return errno_error("epoll_ctl", "change " + std::to_string(fd));
    return {};
}

void Loop::unwatch(int fd) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    handlers_.erase(fd);
}

Loop::TimerId Loop::after(uint64_t delay_ns, Task task) {
    const TimerId id{boot_ns() + delay_ns, ++timer_number_};
    timers_.emplace(id, std::move(task));
    return id;
}

void Loop::every(uint64_t period_ns, Task task) {
    after(period_ns, [this, period_ns, task = std::move(task)] {
        task();
        every(period_ns, task);
    });
}

void Loop::run_timers() {
    const uint64_t now = boot_ns();
    // Only those that were due at the start, so that tasks that ask for `soon` cannot keep descriptors waiting.
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
        Task task = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        task();
    }
}

void Loop::arm_timer() {
    const uint64_t next = timers_.empty() ? 0 : timers_.begin()->first.first;
    if (next == armed_ns_) return;
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(next / kSecondNs);
    when.it_value.tv_nsec = static_cast<long>(next % kSecondNs);
    if (::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr) == 0) armed_ns_ = next;
}

Result<void> Loop::run() {
    running_ = true;
    while (running_) {
        arm_timer();
        std::array<epoll_event, kRound> ready;
        const int count = ::epoll_wait(epoll_.get(), ready.data(), kRound, -1);
        if (count < 0 && errno != EINTR) return errno_error("epoll_wait");
        for (int i = 0; i < count && running_; i++) {
            if (ready[i].data.fd == timer_.get()) {
                uint64_t expirations = 0;
                (void)!::read(timer_.get(), &expirations, sizeof expirations);
                armed_ns_ = 0;
                continue;
            }
            // Kept for the call: the handler may take itself out.
            auto at = handlers_.find(ready[i].data.fd);
            if (at == handlers_.end()) continue;
            const std::shared_ptr<Handler> handler = at->second;
            (*handler)(ready[i].events);
        }
        run_timers();
    }
    return {};
}

}  // namespace remit::daemon
