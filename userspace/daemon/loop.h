// The one thread that owns all state of the daemon: descriptors and deadlines, one handler at a time. Used by everything in daemon/.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace remit::daemon {

class Loop {
public:
    using Handler = std::function<void(uint32_t events)>;  // EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR
    using Task = std::function<void()>;
    using TimerId = std::pair<uint64_t, uint64_t>;  // deadline in boot time, number

    static Result<Loop> make();

    // The descriptor stays its owner's, who takes it out before closing it. A handler may take out any descriptor, its own too.
    Result<void> watch(int fd, uint32_t events, Handler handler);
    Result<void> change(int fd, uint32_t events);
    void unwatch(int fd);

    TimerId after(uint64_t delay_ns, Task task);
    void every(uint64_t period_ns, Task task);
    void cancel(TimerId timer) { timers_.erase(timer); }
    // After the handlers of this round.
    void soon(Task task) { after(0, std::move(task)); }

    Result<void> run();
    void stop() { running_ = false; }

private:
    Loop(Fd epoll, Fd timer) : epoll_(std::move(epoll)), timer_(std::move(timer)) {}
    void run_timers();
    void arm_timer();

    Fd epoll_;
    Fd timer_;
    std::unordered_map<int, std::shared_ptr<Handler>> handlers_;
    std::map<TimerId, Task> timers_;
    uint64_t armed_ns_ = 0;
    uint64_t timer_number_ = 0;
    bool running_ = false;
};

}  // namespace remit::daemon
