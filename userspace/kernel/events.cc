// Records and questions as they come out of the rings, and the kernel's counts.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernel/state.h"

namespace remit::kernel {

int Kernel::State::take_event(void* state, void* data, size_t size) {
    const auto* self = static_cast<State*>(state);
    remit_event event{};
    if (size < REMIT_EVENT_HEAD) return 0;
    std::memcpy(&event, data, std::min(size, sizeof(event)));
    event.path[REMIT_PATH_BYTES - 1] = 0;
    if (event.abi == REMIT_ABI_VERSION && self->on_event) (*self->on_event)(event);
    return 0;
}

Result<void> Kernel::State::open_rings() {
    rings = ring_buffer__new(handles.map("questions"), take_event, this, nullptr);
    if (!rings || ring_buffer__add(rings, handles.map("notices"), take_event, this) ||
        ring_buffer__add(rings, handles.map("records"), take_event, this))
        return errno_error("open the rings");
    return {};
}

int Kernel::events_fd() const {
    return ring_buffer__epoll_fd(state_->rings);
}

int Kernel::drain(const OnEvent& on_event) {
    state_->on_event = &on_event;
    const int count = ring_buffer__consume(state_->rings);
    state_->on_event = nullptr;
    return count;
}

std::vector<remit_totals> Kernel::totals() const {
    std::vector<remit_totals> by_cpu(static_cast<size_t>(libbpf_num_possible_cpus()));
    const uint32_t key = 0;
    if (bpf_map_lookup_elem(state_->handles.map("totals"), &key, by_cpu.data())) by_cpu.clear();
    return by_cpu;
}

}  // namespace remit::kernel
