// What names/ needs of whoever owns the loop: descriptors to watch and a timer. Filled in by daemon/ and by tests; passive.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"

namespace remit::names {

struct Reactor {
    using OnReady = std::function<void(uint32_t events)>;  // EPOLLIN, EPOLLOUT …

    std::function<Result<void>(int fd, uint32_t events, OnReady on_ready)> watch;
    std::function<Result<void>(int fd, uint32_t events)> change;
    std::function<void(int fd)> unwatch;
    std::function<void(uint64_t delay_ns, std::function<void()> task)> after;  // once, and not to be called back
};

}  // namespace remit::names
