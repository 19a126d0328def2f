// The maps, programs and links of the BPF object as descriptors, whether just loaded or adopted from pins. For kernel/ only.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "abi/policy.h"
#include "base/fd.h"
#include "base/result.h"

namespace remit::kernel {

// Names are those of the BPF object. Pins: <bpffs>/<fingerprint>/{maps,programs,links}/<name>, session links in sessions/<id>/<name>.
struct Handles {
    std::map<std::string, Fd> maps;
    std::map<std::string, Fd> programs;
    std::map<std::string, Fd> links;

    int map(const std::string& name) const { return find(maps, name); }
    int program(const std::string& name) const { return find(programs, name); }

private:
    static int find(const std::map<std::string, Fd>& in, const std::string& name) {
        const auto found = in.find(name);
        return found == in.end() ? -1 : found->second.get();
    }
};

// BPF_CGROUP_UNIX_CONNECT and BPF_CGROUP_UNIX_SENDMSG of linux/bpf.h from 6.7 on, which Debian 12 does not have.
inline constexpr auto kConnectUnix = static_cast<bpf_attach_type>(49);
inline constexpr auto kSendmsgUnix = static_cast<bpf_attach_type>(50);

// What loading is told.
struct LoadOptions {
    std::string cgroup_root;
    bool dry_run = false;
    bool lsm_tier = false;
    bool task_storage_in_socket_programs = false;
    bool connect_unix = false;
    uint32_t mark_base = 0;
    uint32_t mark_mask = 0;
    const Handles* over = nullptr;  // the programs go over these maps, and pass until they are told to serve; nullptr: maps of their own
};

// Loads the object and attaches every program; on an error nothing stays attached.
Result<Handles> load_and_attach(const LoadOptions& options);

// 16 hex digits of the SHA-256 of the BPF object: pins of another object are not adopted. The same as a number: what its programs are told.
std::string object_fingerprint();
uint64_t object_build();

// Pins: all of them or none; complete once the folder of the links is there. Removing returns how many there were.
Result<void> pin(const Handles& handles, const std::string& folder);
bool is_pinned(const std::string& folder);
Result<Handles> open_pins(const std::string& folder);
Result<int> remove_pins(const std::string& folder);
// Ids of the links that are pinned below a folder, and of the programs that they attach.
struct Attached {
    std::set<uint32_t> links;
    std::set<uint32_t> programs;
};
Attached pinned_links(const std::string& folder);
// The kernel lets a link go a moment after its pin is gone, and its program, which judges until then, seconds later on a busy host: waits
// for both. Returns how many links others hold after a second.
int wait_until_off(const Attached& ids);
// Processes in the map `stopped` that do not wait any more go on. true: one was there, and may come to its stop (again) in a moment.
bool resume(int stopped, const std::function<bool(const remit_stopped&)>& waits);
// Folders of the pins of other objects beside `folder`.
std::vector<std::string> other_pins(const std::string& bpffs, const std::string& folder);

// Of pins that any version of Remit may have left: the value of a 32- or 64-bit global in a pinned map "rodata" or "bss", by its BTF;
// nothing where it has none. member: of a struct.
std::optional<uint64_t> read_global(const std::string& folder, const char* map, const char* variable, const char* member = nullptr);

}  // namespace remit::kernel
