// Records and questions as they come out of the rings, and the kernel's counts.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernel/state.h"

namespace remit::kernel {
namespace {

void take_event(const void* data, size_t size, const Kernel::OnEvent& on_event) {
    remit_event event{};
    if (size < REMIT_EVENT_HEAD) return;
    std::memcpy(&event, data, std::min(size, sizeof(event)));
    event.path[REMIT_PATH_BYTES - 1] = 0;
    if (event.abi == REMIT_ABI_VERSION) on_event(event);
}

}  // namespace

// In the order in which they are drained: what waits for an answer first.
Result<void> Kernel::State::open_rings() {
    rings_fd.reset(epoll_create1(EPOLL_CLOEXEC));
    if (!rings_fd) return errno_error("make an epoll of the rings");
    for (const char* name : {"questions", "notices", "records"}) {
        auto ring = Ring::open(handles.map(name));
        if (!ring) return std::move(ring).error();
        rings.push_back(std::move(*ring));
        epoll_event readable{.events = EPOLLIN, .data = {}};
        if (epoll_ctl(rings_fd.get(), EPOLL_CTL_ADD, handles.map(name), &readable)) return errno_error("wait for the ring", name);
    }
    return {};
}

int Kernel::events_fd() const {
    return state_->rings_fd.get();
}

Result<void> Kernel::drain(const OnEvent& on_event) {
    for (Ring& ring : state_->rings) {
        auto drained = ring.drain([&](const void* data, size_t size) { take_event(data, size, on_event); });
        if (!drained) return drained;
    }
    return {};
}

std::vector<remit_totals> Kernel::totals() const {
    std::vector<remit_totals> by_cpu(static_cast<size_t>(libbpf_num_possible_cpus()));
    const uint32_t key = 0;
    if (bpf_map_lookup_elem(state_->handles.map("totals"), &key, by_cpu.data())) by_cpu.clear();
    return by_cpu;
}

}  // namespace remit::kernel
