// Bytes and packets of sessions, and whose a socket is or was.
#include <algorithm>
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

// All entries of a map. A batch that cannot be read ends it: what is missing then is there the next time.
template <typename Key, typename Value, typename Visit>
void each_in_batches(int map, const Visit& visit) {
    std::vector<Key> keys(kBatch);
    std::vector<Value> values(kBatch);
    uint32_t place = 0;
    bool more = true;
    for (bool first = true; more; first = false) {
        uint32_t count = kBatch;
        more = bpf_map_lookup_batch(map, first ? nullptr : &place, &place, keys.data(), values.data(), &count, nullptr) == 0;
        if (!more && errno != ENOENT) return;
        for (uint32_t i = 0; i < count; i++) visit(keys[i], values[i]);
    }
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

void Kernel::each_flow(const std::function<void(uint64_t session_id, const remit_flow&)>& visit) const {
    each_in_batches<remit_flow_key, remit_flow>(state_->handles.map("flows"),
                                                [&](const remit_flow_key& key, const remit_flow& flow) { visit(key.session, flow); });
}

// Walks those of the network namespace in which it is run.
Result<void> Kernel::State::open_datagrams_iterator() {
    datagrams_link = Fd(bpf_link_create(handles.program("remit_datagrams"), 0, BPF_TRACE_ITER, nullptr));
    if (!datagrams_link) return errno_error("make the iterator over datagram sockets");
    return {};
}

Result<std::vector<remit_open_socket>> Kernel::sockets_from(int netns_fd, uint16_t local_port) {
    return stamped_sockets_from(netns_fd, state_->handles.map("sockets"), state_->datagrams_link.get(), local_port);
}

std::vector<remit_closed> Kernel::closed_from(uint16_t local_port) const {
    std::vector<remit_closed> found;
    each_in_batches<uint32_t, remit_closed>(state_->handles.map("closed"), [&](uint32_t, const remit_closed& each) {
        if (each.number != 0 && each.number == each.number_again && each.ends.local_port == local_port) found.push_back(each);
    });
    std::ranges::sort(found, std::greater(), &remit_closed::number);
    return found;
}

}  // namespace remit::kernel
