// A ring of the kernel side, read through a window that moves along it: the whole of it, which libbpf maps twice over, would be most of the
// daemon's memory. For kernel/ only.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/result.h"

namespace remit::kernel {

class Ring {
public:
    using Take = std::function<void(const void* data, size_t size)>;

    // map: stays the caller's, and open for as long as the ring is used.
    static Result<Ring> open(int map);
    Ring(Ring&& other) noexcept;
    Ring& operator=(Ring&&) = delete;
    ~Ring();
    // Hands every record that is complete to take, in order, and frees its room.
    Result<void> drain(const Take& take);

private:
    Ring(int map, size_t bytes) : map_(map), bytes_(bytes) {}
    Result<void> look_at(uint64_t position);
    const char* at(uint64_t position) const { return window_ + (position - window_start_); }

    int map_;
    size_t bytes_;
    std::atomic<uint64_t>* taken_ = nullptr;        // position up to which we read
    const std::atomic<uint64_t>* given_ = nullptr;  // position up to which the kernel reserved
    const char* window_ = nullptr;
    uint64_t window_start_ = 0;
};

}  // namespace remit::kernel
