// What a Kernel holds; shared by the sources of kernel/ and nobody else.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>

#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "kernel/maps.h"
#include "kernel/ring.h"
#include "remit.skel.h"

namespace remit::kernel {

using Globals = remit_bpf::remit_bpf__bss;

struct Kernel::State {
    Options options;
    Features features;
    Handles handles;
    std::string folder;  // of the pins
    bool adopted = false;
    uint32_t mark_base = 0;  // of the programs that are attached
    uint32_t mark_mask = 0;
    remit_session* sessions = nullptr;
    Globals* globals = nullptr;
    std::vector<Ring> rings;
    Fd rings_fd;  // readable when one of them is
    Fd identity_link;
    Fd datagrams_link;

    ~State() {
        if (sessions) munmap(sessions, sizeof(*sessions) * REMIT_MAX_SESSIONS);
        if (globals) munmap(globals, sizeof(*globals));
    }

    // Begins anew, adopts what is pinned, or takes over from another object; all or nothing.
    Result<void> take_up();
    Result<void> begin(const Handles* over);
    Result<void> adopt();
    // upgrade.cc: from: the folder of the pins of the object that serves.
    Result<void> upgrade(const std::string& from);
    Result<void> follow_sessions(const std::string& from) const;
    Result<void> map_memory();
    Result<void> open_rings();
    Result<void> open_identity_iterator();
    Result<void> open_datagrams_iterator();
    std::string session_folder(uint64_t id) const;
    // session: the folder of its pins.
    Result<void> attach_session(const std::string& session, int cgroup_fd) const;
    Result<void> note_level(uint32_t level);
    // limbo.cc
    void note_globs() const;
};

// name: as the kernel has it, abstract ones with the zero in front.
remit_unix_key unix_key(uint32_t tables_id, const std::string& name);
// Writes one element of a map; what: the map, for the error.
Result<void> update_map(int fd, const void* key, const void* value, const char* what, uint64_t flags = 0);
// The keys of a map that `wanted` says yes to; a key that is added or removed meanwhile may be missed.
template <typename Key, typename Wanted>
std::vector<Key> keys_of(int map, Wanted wanted) {
    std::vector<Key> keys;
    Key key{};
    for (bool more = bpf_map_get_next_key(map, nullptr, &key) == 0; more; more = bpf_map_get_next_key(map, &key, &key) == 0)
        if (wanted(key)) keys.push_back(key);
    return keys;
}
template <typename Key>
std::vector<Key> keys_of(int map) {
    return keys_of<Key>(map, [](const Key&) { return true; });
}

}  // namespace remit::kernel
