// Sessions in the kernel: slots, counters, cgroups, per-session programs, tags.
#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <span>

#include "base/file.h"
#include "kernel/cgroups.h"
#include "kernel/sockets.h"
#include "kernel/state.h"

namespace remit::kernel {
namespace {

// The programs that each session's cgroup gets.
struct SessionProgram {
    const char* name;
    bpf_attach_type type;
};
constexpr SessionProgram kSessionPrograms[] = {
    {"remit_egress", BPF_CGROUP_INET_EGRESS},
    {"remit_ingress", BPF_CGROUP_INET_INGRESS},
    {"remit_sockops", BPF_CGROUP_SOCK_OPS},
    {"remit_sock_gone", BPF_CGROUP_INET_SOCK_RELEASE},
};

std::string hex_id(uint64_t id) {
    char text[17];
    snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(id));
    return text;
}

}  // namespace

std::string Kernel::State::session_folder(uint64_t id) const {
    return folder + "/sessions/" + hex_id(id);
}

Result<void> Kernel::State::note_level(uint32_t level) {
    auto& bindings = globals->bindings;
    const std::span bound(bindings.levels, bindings.count);
    if (std::find(bound.begin(), bound.end(), level) != bound.end()) return {};
    if (bindings.count == REMIT_MAX_BOUND_LEVELS)
        return Error{Code::kUnsupported,
                     "sessions are bound at " + std::to_string(REMIT_MAX_BOUND_LEVELS) + " depths of the cgroup tree already",
                     "put the session's cgroup at a depth that is in use"};
    // The deepest first, so that of nested sessions the inner one is found. Whoever reads meanwhile sees every level that was there before.
    uint32_t at = bindings.count;
    bindings.levels[at] = at > 0 ? bindings.levels[at - 1] : level;
    __atomic_store_n(&bindings.count, at + 1, __ATOMIC_SEQ_CST);
    for (; at > 0 && bindings.levels[at - 1] < level; at--)
        __atomic_store_n(&bindings.levels[at], bindings.levels[at - 1], __ATOMIC_SEQ_CST);
    __atomic_store_n(&bindings.levels[at], level, __ATOMIC_SEQ_CST);
    return {};
}

remit_session* Kernel::session(uint32_t slot) {
    return slot == 0 || slot >= REMIT_MAX_SESSIONS ? nullptr : &state_->sessions[slot];
}

Result<void> Kernel::make_use_counter(uint64_t session_id, uint32_t counter) {
    const remit_use_key key{.session = session_id, .counter = counter, .reserved = 0};
    const remit_use none{};
    auto made = update_map(state_->handles.map("uses"), &key, &none, "uses", BPF_NOEXIST);
    if (!made && errno == EEXIST) return {};
    return made;
}

void Kernel::drop_use_counter(uint64_t session_id, uint32_t counter) {
    const remit_use_key key{.session = session_id, .counter = counter, .reserved = 0};
    bpf_map_delete_elem(state_->handles.map("uses"), &key);
}

Result<void> Kernel::set_approval_end(uint64_t session_id, uint16_t tool, uint64_t end_ns) {
    const remit_approval_key key{.session = session_id, .tool = tool, .reserved = 0};
    return update_map(state_->handles.map("approvals"), &key, &end_ns, "approvals");
}

void Kernel::drop_approval_end(uint64_t session_id, uint16_t tool) {
    const remit_approval_key key{.session = session_id, .tool = tool, .reserved = 0};
    bpf_map_delete_elem(state_->handles.map("approvals"), &key);
}

Result<void> Kernel::bind_cgroup(uint64_t cgroup_id, uint32_t slot) {
    if (cgroup_id <= 1 || slot == 0 || slot >= REMIT_MAX_SESSIONS)
        return Error{Code::kNotPermitted, "cgroup id " + std::to_string(cgroup_id) + " cannot be bound to slot " + std::to_string(slot),
                     ""};
    auto level = cgroup_level(state_->options.cgroup_root, cgroup_id);
    if (!level) return level.error();
    if (auto noted = state_->note_level(*level); !noted) return noted;
    return update_map(state_->handles.map("cgroups"), &cgroup_id, &slot, "cgroups");
}

Result<void> Kernel::unbind_cgroup(uint64_t cgroup_id) {
    if (bpf_map_delete_elem(state_->handles.map("cgroups"), &cgroup_id) && errno != ENOENT)
        return errno_error("unbind cgroup id", std::to_string(cgroup_id));
    return {};
}

Result<void> Kernel::State::attach_session(const std::string& session, int cgroup_fd) const {
    if (auto made = make_folders(session, 0700); !made) return made;
    for (const auto& program : kSessionPrograms) {
        const Fd link(bpf_link_create(handles.program(program.name), cgroup_fd, program.type, nullptr));
        if (!link || bpf_obj_pin(link.get(), (session + "/" + program.name).c_str())) {
            Error error = errno_error(link ? "pin" : "attach", program.name);
            std::error_code ignored;
            std::filesystem::remove_all(session, ignored);
            return error;
        }
    }
    return {};
}

Result<void> Kernel::attach_session_programs(uint64_t session_id, int cgroup_fd) {
    return state_->attach_session(state_->session_folder(session_id), cgroup_fd);
}

void Kernel::detach_session_programs(uint64_t session_id) {
    std::error_code ignored;
    std::filesystem::remove_all(state_->session_folder(session_id), ignored);
}

// The kernel takes a link off its cgroup when the cgroup is removed and the last socket of it is closed.
bool Kernel::let_session_programs_go(uint64_t session_id) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(state_->session_folder(session_id), ignored)) {
        const Fd link(bpf_obj_get(entry.path().c_str()));
        bpf_link_info info{};
        __u32 size = sizeof(info);
        if (link && bpf_obj_get_info_by_fd(link.get(), &info, &size) == 0 && info.cgroup.cgroup_id != 0) return false;
    }
    detach_session_programs(session_id);
    return true;
}

std::vector<uint64_t> Kernel::sessions_with_programs() const {
    std::vector<uint64_t> ids;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(state_->folder + "/sessions", ignored)) {
        const std::string name = entry.path().filename();
        uint64_t id = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), id, 16).ec == std::errc()) ids.push_back(id);
    }
    return ids;
}

Result<void> Kernel::tag_task(int pidfd, remit_tag tag) {
    if (tag.session == 0 || tag.slot == 0) return Error{Code::kNotPermitted, "a task cannot be tagged with session 0", ""};
    return update_map(state_->handles.map("tasks"), &pidfd, &tag, "tasks");
}

Result<void> Kernel::untag_task(int pidfd) {
    if (bpf_map_delete_elem(state_->handles.map("tasks"), &pidfd) && errno != ENOENT) return errno_error("untag a task");
    return {};
}

Result<std::optional<remit_tag>> Kernel::tag_of(int pidfd) {
    remit_tag tag{};
    if (bpf_map_lookup_elem(state_->handles.map("tasks"), &pidfd, &tag)) {
        if (errno == ENOENT) return std::optional<remit_tag>();
        return errno_error("read the tag of a task");
    }
    return std::optional<remit_tag>(tag);
}

Result<int> Kernel::destroy_sockets(int netns_fd, const std::function<bool(const remit_stamp&)>& wanted) {
    return destroy_stamped_sockets(netns_fd, state_->handles.map("sockets"), wanted);
}

}  // namespace remit::kernel
