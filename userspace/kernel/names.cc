// Names in the kernel: what they bound, where the resolvers are, and who asks them.
#include <bpf/bpf.h>

#include <cstring>

#include "kernel/state.h"

namespace remit::kernel {
namespace {

remit_name_key key_of(uint64_t session_id, uint32_t tables_id, const std::array<uint8_t, 16>& address) {
    remit_name_key key{.session = session_id, .address = {}, .tables = tables_id, .reserved = 0};
    std::memcpy(key.address, address.data(), sizeof(key.address));
    return key;
}

remit_port_key key_of(uint32_t tables_id, const Tables::Port& port) {
    return {.prefix_bits = REMIT_PORT_BITS(port.bits),
            .tables = tables_id,
            .zone = port.zone,
            .protocol = port.protocol,
            .port = {static_cast<__u8>(port.port >> 8), static_cast<__u8>(port.port)}};
}

}  // namespace

Result<void> Kernel::push_name(uint64_t session_id, uint32_t tables_id, const std::array<uint8_t, 16>& address, uint32_t zone,
                               uint64_t until_ns) {
    const remit_name_key key = key_of(session_id, tables_id, address);
    const remit_name value{.until_ns = until_ns, .zone = zone, .reserved = 0};
    return update_map(state_->handles.map("names"), &key, &value, "names");
}

void Kernel::drop_name(uint64_t session_id, uint32_t tables_id, const std::array<uint8_t, 16>& address) {
    const remit_name_key key = key_of(session_id, tables_id, address);
    bpf_map_delete_elem(state_->handles.map("names"), &key);
}

void Kernel::drop_names(uint64_t session_id, uint32_t tables_id) {
    const int map = state_->handles.map("names");
    const auto its = [&](const remit_name_key& key) { return key.session == session_id && (tables_id == 0 || key.tables == tables_id); };
    for (const remit_name_key& key : keys_of<remit_name_key>(map, its)) bpf_map_delete_elem(map, &key);
}

Result<void> Kernel::push_ports(uint32_t tables_id, std::span<const Tables::Port> ports) {
    for (const Tables::Port& port : ports) {
        const remit_port_key key = key_of(tables_id, port);
        if (auto done = update_map(state_->handles.map("ports"), &key, &port.toolset, "ports"); !done) return done;
    }
    return {};
}

void Kernel::drop_ports(uint32_t tables_id, std::span<const Tables::Port> ports) {
    for (const Tables::Port& port : ports) {
        const remit_port_key key = key_of(tables_id, port);
        bpf_map_delete_elem(state_->handles.map("ports"), &key);
    }
}

std::vector<Tables::Port> Kernel::ports_from(uint32_t tables_id, uint32_t zone) const {
    std::vector<Tables::Port> ports;
    const auto its = [&](const remit_port_key& key) { return key.tables == tables_id && key.zone >= zone; };
    for (const remit_port_key& key : keys_of<remit_port_key>(state_->handles.map("ports"), its))
        ports.push_back({.zone = key.zone,
                         .protocol = key.protocol,
                         .port = static_cast<uint16_t>(key.port[0] << 8 | key.port[1]),
                         .bits = key.prefix_bits - REMIT_PORT_BITS(0)});
    return ports;
}

Result<void> Kernel::set_resolver(uint64_t netns, const remit_resolver& resolver) {
    return update_map(state_->handles.map("resolvers"), &netns, &resolver, "resolvers");
}

void Kernel::drop_resolver(uint64_t netns) {
    bpf_map_delete_elem(state_->handles.map("resolvers"), &netns);
}

std::optional<remit_resolver> Kernel::resolver_of(uint64_t netns) const {
    remit_resolver resolver{};
    if (bpf_map_lookup_elem(state_->handles.map("resolvers"), &netns, &resolver)) return std::nullopt;
    return resolver;
}

Result<void> Kernel::mark_resolver(int socket_fd, const remit_asking& mark) {
    return update_map(state_->handles.map("asking"), &socket_fd, &mark, "asking");
}

std::optional<remit_asker> Kernel::asker_of(const remit_asker_key& source) const {
    remit_asker asker{};
    if (bpf_map_lookup_elem(state_->handles.map("askers"), &source, &asker)) return std::nullopt;
    return asker;
}

void Kernel::forget_askers(uint64_t before_ns) {
    const int map = state_->handles.map("askers");
    const auto silent = [&](const remit_asker_key& key) {
        remit_asker asker{};
        return bpf_map_lookup_elem(map, &key, &asker) == 0 && asker.boot_ns < before_ns;
    };
    for (const remit_asker_key& key : keys_of<remit_asker_key>(map, silent)) bpf_map_delete_elem(map, &key);
}

Result<void> Kernel::resolve(remit_lookup& lookup) {
    LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &lookup, .ctx_size_in = sizeof(lookup));
    if (bpf_prog_test_run_opts(state_->handles.program("remit_resolve"), &run)) return errno_error("judge a name in the kernel");
    if (run.retval != 0) return Error{Code::kMissing, "the session of a name is gone", ""};
    return {};
}

}  // namespace remit::kernel
