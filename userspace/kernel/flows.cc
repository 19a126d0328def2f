// Bytes and packets of sessions, and whose a socket is or was.
#include <array>
#include <cerrno>

#include "kernel/sockets.h"
#include "kernel/state.h"

namespace remit::kernel {
namespace {

// Entries that one call fetches: a page of some hundred kilobytes.
constexpr uint32_t kBatch = 4096;

// Numbers under which a session of so many endpoints may have flows.
std::vector<uint32_t> numbers_of(uint32_t endpoints) {
    std::vector<uint32_t> numbers;
    if (endpoints >= REMIT_MAX_FLOWS_PER_SESSION) {
        for (uint32_t number = 1; number < REMIT_FIRST_FLOW; number++) numbers.push_back(number);
    }
    for (uint32_t i = 0; i < endpoints; i++) numbers.push_back(REMIT_FIRST_FLOW + i);
    return numbers;
}

}  // namespace

std::vector<remit_flow> Kernel::flows(uint64_t session_id, uint32_t endpoints) const {
    std::vector<remit_flow> found;
    for (const uint32_t number : numbers_of(endpoints)) {
        const remit_flow_key key{.session = session_id, .number = number, .reserved = 0};
        remit_flow flow{};
        if (bpf_map_lookup_elem(state_->handles.map("flows"), &key, &flow) == 0) found.push_back(flow);
    }
    return found;
}

void Kernel::drop_flows(uint64_t session_id, uint32_t endpoints) {
    for (const uint32_t number : numbers_of(endpoints)) {
        const remit_flow_key key{.session = session_id, .number = number, .reserved = 0};
        remit_flow flow{};
        if (bpf_map_lookup_elem(state_->handles.map("flows"), &key, &flow)) continue;
        remit_flow_name name{
            .session = session_id, .address = {}, .port = flow.port, .protocol = flow.protocol, .tool = flow.tool, .reserved = 0};
        std::copy(std::begin(flow.address), std::end(flow.address), name.address);
        bpf_map_delete_elem(state_->handles.map("flow_names"), &name);
        bpf_map_delete_elem(state_->handles.map("flows"), &key);
    }
}

// A batch that cannot be read ends it: what is missing then is there the next time.
void Kernel::each_flow(const std::function<void(uint64_t session_id, const remit_flow&)>& visit) const {
    std::vector<remit_flow_key> keys(kBatch);
    std::vector<remit_flow> values(kBatch);
    uint32_t place = 0;
    bool more = true;
    for (bool first = true; more; first = false) {
        uint32_t count = kBatch;
        more = bpf_map_lookup_batch(state_->handles.map("flows"), first ? nullptr : &place, &place, keys.data(), values.data(), &count,
                                    nullptr) == 0;
        if (!more && errno != ENOENT) return;
        for (uint32_t i = 0; i < count; i++) visit(keys[i].session, values[i]);
    }
}

Result<std::vector<StampedSocket>> Kernel::connections_from(int netns_fd, uint16_t local_port) {
    return stamped_connections_from(netns_fd, state_->handles.map("sockets"), local_port);
}

std::optional<remit_closed> Kernel::closed_socket(const remit_closed_key& ends) const {
    remit_closed found{};
    if (bpf_map_lookup_elem(state_->handles.map("closed"), &ends, &found)) return std::nullopt;
    return found;
}

}  // namespace remit::kernel
