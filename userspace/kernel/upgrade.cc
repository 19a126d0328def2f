// What a start finds pinned, and the way from one object to another: docs/decisions/0006-upgrade-by-one-word.md.
#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "kernel/cgroups.h"
#include "kernel/state.h"

namespace remit::kernel {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& bpffs, uint64_t build) {
    char name[17];
    snprintf(name, sizeof(name), "%016llx", static_cast<unsigned long long>(build));
    return bpffs + "/" + name;
}

Result<void> require_same_abi(const std::string& other) {
    const auto version = read_global(other, "rodata", "abi_version");
    if (version == REMIT_ABI_VERSION) return {};
    return Error{Code::kUnsupported,
                 "another version of Remit (" + (version ? "ABI " + std::to_string(*version) : std::string("of an unknown ABI")) +
                     ", this one has " + std::to_string(REMIT_ABI_VERSION) + ") has its programs pinned under " +
                     fs::path(other).parent_path().string(),
                 "end its sessions and run `remit off` first"};
}

// The cgroup that the programs of a session are attached to; 0: it is gone, and they with it.
uint64_t cgroup_of_session(const std::string& session) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(session, ignored)) {
        const Fd link(bpf_obj_get(entry.path().c_str()));
        bpf_link_info info{};
        __u32 size = sizeof(info);
        if (link && bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0) return info.cgroup.cgroup_id;
    }
    return 0;
}

}  // namespace

// The word `serving` says which object decides, whatever a crash has left beside it.
Result<void> Kernel::State::take_up() {
    const std::vector<std::string> others = other_pins(options.bpffs, folder);
    if (is_pinned(folder) && (others.empty() || read_global(folder, "bss", "bindings", "serving") == object_build())) {
        for (const auto& other : others) {
            if (auto removed = remove_pins(other); !removed) return removed.error();  // an upgrade ended before its end
        }
        return adopt();
    }
    for (const auto& other : others) {
        if (auto same = require_same_abi(other); !same) return same;
    }
    // Of this object, but it does not serve: an earlier start came to no end.
    if (auto removed = remove_pins(folder); !removed) return removed.error();
    if (others.empty()) return begin(nullptr);
    const auto serving = read_global(others[0], "bss", "bindings", "serving");
    const std::string from = serving ? folder_of(options.bpffs, *serving) : "";
    if (std::find(others.begin(), others.end(), from) == others.end() || !is_pinned(from))
        return Error{Code::kUnsupported, "the pins under " + options.bpffs + " are of no whole object", "run `remit off` first"};
    auto done = upgrade(from);
    if (!done) {
        handles = {};
        (void)remove_pins(folder);
        return done;
    }
    for (const auto& other : others) {
        if (auto removed = remove_pins(other); !removed) return removed.error();
    }
    return {};
}

// Until the word changes, everything here is beside what serves, and a failure leaves that alone.
Result<void> Kernel::State::upgrade(const std::string& from) {
    auto older = open_pins(from);
    if (!older) return older.error();
    if (auto begun = begin(&*older); !begun) return begun;
    if (auto followed = follow_sessions(from); !followed) return followed;
    adopted = true;
    if (auto mapped = map_memory(); !mapped) return mapped;
    auto& bindings = globals->bindings;
    bindings.upgrades = bindings.upgrades % 0xffff + 1;
    __atomic_store_n(&bindings.previous, bindings.serving, __ATOMIC_RELEASE);
    __atomic_store_n(&bindings.serving, object_build(), __ATOMIC_RELEASE);
    return {};
}

// The programs that each session has for itself, for all sessions that the other object serves.
Result<void> Kernel::State::follow_sessions(const std::string& from) const {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(from + "/sessions", failure)) {
        const uint64_t id = cgroup_of_session(entry.path().string());
        if (id == 0) continue;
        auto cgroup = open_cgroup(options.cgroup_root, id);
        if (!cgroup && (errno == ESTALE || errno == ENOENT)) continue;  // removed just now
        if (!cgroup) return cgroup.error();
        const std::string session = folder + "/sessions/" + entry.path().filename().string();
        if (auto attached = attach_session(session, cgroup->get()); !attached)
            return std::move(attached).error().within("take over session " + entry.path().filename().string());
    }
    if (failure) return Error{Code::kInternal, "read the sessions pinned in " + from + ": " + failure.message(), ""};
    return {};
}

}  // namespace remit::kernel
