// Writes the tables of one policy into the kernel's maps, and takes them out again.
#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/state.h"

namespace remit::kernel {
namespace {

remit_zone_key key_of(uint32_t tables_id, const Tables::Zone& zone) {
    remit_zone_key key{.prefix_bits = REMIT_ZONE_BITS(zone.bits), .tables = tables_id, .address = {}};
    std::memcpy(key.address, zone.address.data(), sizeof(key.address));
    return key;
}

remit_port_key key_of(uint32_t tables_id, const Tables::Port& port) {
    return {.prefix_bits = REMIT_PORT_BITS(port.bits),
            .tables = tables_id,
            .zone = port.zone,
            .protocol = port.protocol,
            .port = {static_cast<__u8>(port.port >> 8), static_cast<__u8>(port.port)}};
}

remit_grant_key key_of(uint32_t tables_id, const Tables::Grant& grant) {
    return {.tables = tables_id, .tool = grant.tool, .nth = grant.nth};
}

remit_unix_key key_of(uint32_t tables_id, const Tables::UnixName& name) {
    return unix_key(tables_id, std::string(1, 0) + name.name);
}

remit_family_key key_of(uint32_t tables_id, const Tables::Family& family) {
    return {.tables = tables_id, .family = family.family, .protocol = family.protocol};
}

remit_file anonymous_program() {
    remit_file file{};
    file.size = REMIT_ANONYMOUS_PROGRAM;
    return file;
}

template <typename Key>
void sweep(int map, const std::set<uint32_t>& tables) {
    for (const Key& key : keys_of<Key>(map, [&](const Key& each) { return tables.contains(each.tables); })) bpf_map_delete_elem(map, &key);
}

}  // namespace

remit_unix_key unix_key(uint32_t tables_id, const std::string& name) {
    remit_unix_key key{};
    key.tables = tables_id;
    key.length = static_cast<__u16>(std::min(name.size(), sizeof(key.name)));
    std::memcpy(key.name, name.data(), key.length);
    return key;
}

Result<void> update_map(int fd, const void* key, const void* value, const char* what, uint64_t flags) {
    if (bpf_map_update_elem(fd, key, value, flags)) {
        Error error = errno_error("write the kernel table of", what);
        if (errno == E2BIG || errno == ENOMEM) error.hint = "end sessions that are over, or use fewer rules";
        return error;
    }
    return {};
}

// The head goes last: until it is there, the tables refuse.
Result<void> Kernel::publish_tables(uint32_t tables_id, const Tables& tables) {
    const Handles& handles = state_->handles;
    Result<void> done;
    for (const auto& zone : tables.zones) {
        const auto key = key_of(tables_id, zone);
        const remit_zone value{.id = zone.zone, .reserved = 0};
        if (done) done = update_map(handles.map("zones"), &key, &value, "zones");
    }
    for (const auto& port : tables.ports) {
        const auto key = key_of(tables_id, port);
        if (done) done = update_map(handles.map("ports"), &key, &port.toolset, "ports");
    }
    for (const auto& grant : tables.grants) {
        const auto key = key_of(tables_id, grant);
        if (done) done = update_map(handles.map("grants"), &key, &grant.grant, "grants");
    }
    for (uint32_t nth = 0; nth < tables.denies.size() && done; nth++) {
        const remit_deny_key key{.tables = tables_id, .nth = nth};
        done = update_map(handles.map("denies"), &key, &tables.denies[nth], "denies");
    }
    for (const auto& name : tables.unix_names) {
        const auto key = key_of(tables_id, name);
        if (done) done = update_map(handles.map("unix_names"), &key, &name.toolset, "unix_names");
    }
    for (const auto& family : tables.families) {
        const auto key = key_of(tables_id, family);
        if (done) done = update_map(handles.map("families"), &key, &family.toolset, "families");
    }
    if (done) done = push_program(tables_id, anonymous_program(), tables.anonymous);
    if (done) done = update_map(handles.map("tables"), &tables_id, &tables.head, "tables");
    if (!done) withdraw_tables(tables_id, tables);
    return done;
}

void Kernel::withdraw_tables(uint32_t tables_id, const Tables& tables) {
    const Handles& handles = state_->handles;
    bpf_map_delete_elem(handles.map("tables"), &tables_id);
    for (const auto& zone : tables.zones) {
        const auto key = key_of(tables_id, zone);
        bpf_map_delete_elem(handles.map("zones"), &key);
    }
    for (const auto& port : tables.ports) {
        const auto key = key_of(tables_id, port);
        bpf_map_delete_elem(handles.map("ports"), &key);
    }
    for (const auto& grant : tables.grants) {
        const auto key = key_of(tables_id, grant);
        bpf_map_delete_elem(handles.map("grants"), &key);
    }
    for (uint32_t nth = 0; nth < tables.denies.size(); nth++) {
        const remit_deny_key key{.tables = tables_id, .nth = nth};
        bpf_map_delete_elem(handles.map("denies"), &key);
    }
    for (const auto& name : tables.unix_names) {
        const auto key = key_of(tables_id, name);
        bpf_map_delete_elem(handles.map("unix_names"), &key);
    }
    for (const auto& family : tables.families) {
        const auto key = key_of(tables_id, family);
        bpf_map_delete_elem(handles.map("families"), &key);
    }
    for (remit_found_key key{.tables = tables_id, .place = 0}; key.place < REMIT_FOUND_PLACES; key.place++)
        bpf_map_delete_elem(handles.map("found"), &key);
    drop_program(tables_id, anonymous_program());
}

std::set<uint32_t> Kernel::published_tables() const {
    const auto ids = keys_of<uint32_t>(state_->handles.map("tables"));
    return {ids.begin(), ids.end()};
}

// The heads go last: a sweep that is broken off begins again.
void Kernel::sweep_tables(const std::set<uint32_t>& tables) {
    const Handles& handles = state_->handles;
    sweep<remit_zone_key>(handles.map("zones"), tables);
    sweep<remit_port_key>(handles.map("ports"), tables);
    sweep<remit_grant_key>(handles.map("grants"), tables);
    sweep<remit_deny_key>(handles.map("denies"), tables);
    sweep<remit_program_key>(handles.map("programs"), tables);
    sweep<remit_unix_key>(handles.map("unix_names"), tables);
    sweep<remit_program_key>(handles.map("unix_files"), tables);
    sweep<remit_peer_key>(handles.map("peers"), tables);
    sweep<remit_family_key>(handles.map("families"), tables);
    sweep<remit_found_key>(handles.map("found"), tables);
    for (const uint32_t id : tables) bpf_map_delete_elem(handles.map("tables"), &id);
}

}  // namespace remit::kernel
