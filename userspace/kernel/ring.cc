#include "kernel/ring.h"

#include <bpf/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "abi/event.h"

namespace remit::kernel {
namespace {

// Some hundred records: moving the window costs each of them some nanoseconds. The smallest ring is as large.
constexpr size_t kWindowBytes = REMIT_NOTICES_BYTES;

size_t page_bytes() {
    static const auto bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    return bytes;
}

// A record begins with its length and is followed by the next one at a multiple of 8; kernel/bpf/ringbuf.c.
uint64_t room_of(uint32_t length) {
    return (uint64_t{length} + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
}

}  // namespace

// The first page of the map is ours to write, the second is the kernel's, and behind them is the data, twice.
Result<Ring> Ring::open(int map) {
    bpf_map_info info{};
    __u32 size = sizeof(info);
    if (bpf_obj_get_info_by_fd(map, &info, &size)) return errno_error("look at a ring");
    Ring ring(map, info.max_entries);
    void* taken = mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (taken == MAP_FAILED) return errno_error("map the reader's page of a ring");
    ring.taken_ = static_cast<std::atomic<uint64_t>*>(taken);
    const void* given = mmap(nullptr, page_bytes(), PROT_READ, MAP_SHARED, map, static_cast<off_t>(page_bytes()));
    if (given == MAP_FAILED) return errno_error("map the writer's page of a ring");
    ring.given_ = static_cast<const std::atomic<uint64_t>*>(given);
    return ring;
}

Ring::Ring(Ring&& other) noexcept
    : map_(other.map_),
      bytes_(other.bytes_),
      taken_(std::exchange(other.taken_, nullptr)),
      given_(std::exchange(other.given_, nullptr)),
      window_(std::exchange(other.window_, nullptr)),
      window_start_(other.window_start_) {}

Ring::~Ring() {
    if (taken_) munmap(taken_, page_bytes());
    if (given_) munmap(const_cast<std::atomic<uint64_t>*>(given_), page_bytes());
    if (window_) munmap(const_cast<char*>(window_), kWindowBytes);
}

// Puts the window where this position is in its first page. As the data is there twice, a window may reach past the ring's end.
Result<void> Ring::look_at(uint64_t position) {
    const uint64_t start = position / page_bytes() * page_bytes();
    const auto offset = static_cast<off_t>(2 * page_bytes() + start % bytes_);
    void* window = mmap(const_cast<char*>(window_), kWindowBytes, PROT_READ, MAP_SHARED | (window_ ? MAP_FIXED : 0), map_, offset);
    if (window == MAP_FAILED) {
        window_ = nullptr;
        return errno_error("map a part of a ring");
    }
    window_ = static_cast<const char*>(window);
    window_start_ = start;
    return {};
}

// The order of the kernel's own reader: a position is read before what is behind it, and given back after it was read.
Result<void> Ring::drain(const Take& take) {
    uint64_t position = taken_->load(std::memory_order_acquire);
    while (position < given_->load(std::memory_order_acquire)) {
        const bool seen = window_ && position >= window_start_ && position + BPF_RINGBUF_HDR_SZ <= window_start_ + kWindowBytes;
        if (!seen) {
            if (auto looked = look_at(position); !looked) return looked.error();
        }
        const uint32_t word = __atomic_load_n(reinterpret_cast<const uint32_t*>(at(position)), __ATOMIC_ACQUIRE);
        if (word & BPF_RINGBUF_BUSY_BIT) break;
        const uint32_t length = word & ~BPF_RINGBUF_DISCARD_BIT;
        const uint64_t next = position + room_of(length);
        if (room_of(length) > kWindowBytes - page_bytes()) return Error{Code::kBadData, "a ring holds a record of an impossible size", ""};
        if (next > window_start_ + kWindowBytes) {
            if (auto looked = look_at(position); !looked) return looked.error();
        }
        if (!(word & BPF_RINGBUF_DISCARD_BIT)) take(at(position) + BPF_RINGBUF_HDR_SZ, length);
        position = next;
        taken_->store(position, std::memory_order_release);
    }
    return {};
}

}  // namespace remit::kernel
