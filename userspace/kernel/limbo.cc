// Cgroups that wait for the daemon to say whose they are: which ones do, what puts new ones there, which programs are init's executor, and
// what stands still meanwhile.
#include <bpf/bpf.h>
#include <linux/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/pidfd.h"
#include "kernel/cgroups.h"
#include "kernel/state.h"

namespace remit::kernel {
namespace {

// What is wanted is written before anything else is taken away.
template <typename Key>
Result<void> hold(int map, std::span<const Key> wanted, bool others_stay, const char* name) {
    const __u32 one = 1;
    for (const Key& each : wanted) {
        if (auto written = update_map(map, &each, &one, name); !written) return written;
    }
    if (others_stay) return {};
    for (const Key& held : keys_of<Key>(map)) {
        const bool stays =
            std::any_of(wanted.begin(), wanted.end(), [&](const Key& each) { return !std::memcmp(&each, &held, sizeof held); });
        if (!stays) bpf_map_delete_elem(map, &held);
    }
    return {};
}

// A signal that the kernel has sent may stop its process a moment later; one that does not stand by then went on for another reason.
constexpr uint64_t kStoppingNs = 10 * kSecondNs;

struct Seen {
    bool stands = false;
    uint64_t start_ticks = 0;
};

std::optional<Seen> see(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream behind_name(text.substr(std::min(text.rfind(')') + 1, text.size())));
    const std::vector<std::string> fields((std::istream_iterator<std::string>(behind_name)), {});
    constexpr size_t kState = 0;
    constexpr size_t kStart = 19;
    if (fields.size() <= kStart) return std::nullopt;
    return Seen{fields[kState] == "T", std::stoull(fields[kStart])};
}

}  // namespace

bool resume(int map, const std::function<bool(const remit_stopped&)>& waits) {
    const uint64_t tick_ns = kSecondNs / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
    bool again = false;
    for (const uint32_t pid : keys_of<uint32_t>(map)) {
        remit_stopped stopped{};
        if (bpf_map_lookup_elem(map, &pid, &stopped) != 0 || waits(stopped)) continue;
        const Fd process = open_pidfd(static_cast<pid_t>(pid));  // before it is looked at
        const auto seen = process ? see(static_cast<pid_t>(pid)) : std::nullopt;
        const bool same = seen && seen->start_ticks == stopped.start_ns / tick_ns;
        again = again || same;
        if (same && !seen->stands && boot_ns() - stopped.since_ns < kStoppingNs) continue;
        bpf_map_delete_elem(map, &pid);
        if (same && seen->stands) (void)send_signal(process.get(), SIGCONT);
    }
    return again;
}

Result<void> Kernel::limbo_below(std::span<const std::string> prefixes, bool others_stay) {
    std::vector<remit_prefix_key> keys;
    for (const std::string& prefix : prefixes) {
        if (prefix.size() < 2) return Error{Code::kNotPermitted, "the whole host cannot wait in limbo", ""};
        remit_prefix_key key{};
        const size_t bytes = std::min(prefix.size(), sizeof key.path);
        std::memcpy(key.path, prefix.data(), bytes);
        key.prefix_bits = static_cast<__u32>(bytes * 8);
        keys.push_back(key);
    }
    if (!keys.empty()) __atomic_store_n(&state_->globals->bindings.globs, 1, __ATOMIC_RELEASE);
    auto held = hold(state_->handles.map("prefixes"), std::span<const remit_prefix_key>(keys), others_stay, "prefixes");
    state_->note_globs();
    return held;
}

// Lets the hooks pass limbo by again, once nothing comes to it and nothing is in it.
void Kernel::State::note_globs() const {
    const auto is_empty = [&](const char* map) {
        remit_prefix_key key{};  // the longer of the two
        return bpf_map_get_next_key(handles.map(map), nullptr, &key) != 0;
    };
    if (is_empty("prefixes") && is_empty("limbo")) __atomic_store_n(&globals->bindings.globs, 0, __ATOMIC_RELEASE);
}

Result<void> Kernel::know_executors(std::span<const remit_file> programs) {
    return hold(state_->handles.map("executors"), programs, false, "executors");
}

std::vector<uint64_t> Kernel::in_limbo() const {
    return keys_of<uint64_t>(state_->handles.map("limbo"));
}

uint64_t Kernel::in_limbo_since(uint64_t cgroup_id) const {
    __u64 since_ns = 0;
    return bpf_map_lookup_elem(state_->handles.map("limbo"), &cgroup_id, &since_ns) == 0 ? since_ns : 0;
}

void Kernel::end_limbo(uint64_t cgroup_id) {
    bpf_map_delete_elem(state_->handles.map("limbo"), &cgroup_id);
    state_->note_globs();
}

bool Kernel::resume_stopped(bool gives_up) {
    return resume(state_->handles.map("stopped"), [&](const remit_stopped& each) {
        const uint64_t since_ns = in_limbo_since(each.cgroup);
        return since_ns != 0 && !(gives_up && boot_ns() - since_ns >= REMIT_LIMBO_STOPS_NS);
    });
}

Result<std::string> Kernel::cgroup_folder(uint64_t cgroup_id) const {
    auto path = path_of_id(state_->options.cgroup_root, cgroup_id);
    if (!path && (errno == ESTALE || errno == ENOENT)) return std::string();
    return path;
}

}  // namespace remit::kernel
