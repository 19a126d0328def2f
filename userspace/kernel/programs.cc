// Programs in the kernel: identities of own descriptors, what is known of a file, the question for a held exec.
#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/state.h"
#include "kernel/walk.h"

namespace remit::kernel {

// Walks the descriptors of this process only; made once, as it names the process.
Result<void> Kernel::State::open_identity_iterator() {
    bpf_iter_link_info info{};
    info.task.tid = static_cast<__u32>(getpid());
    LIBBPF_OPTS(bpf_link_create_opts, options, .iter_info = &info, .iter_info_len = sizeof(info));
    identity_link = Fd(bpf_link_create(handles.program("remit_files"), 0, BPF_TRACE_ITER, &options));
    if (!identity_link) return errno_error("make the iterator over open files");
    return {};
}

Result<std::vector<std::optional<remit_fd_identity>>> Kernel::identify(std::span<const int> fds) {
    auto identities = walk<remit_fd_identity>(state_->identity_link.get(), "open files");
    if (!identities) return std::move(identities).error();
    std::vector<std::optional<remit_fd_identity>> by_fd, found;
    for (const remit_fd_identity& identity : *identities) {
        if (by_fd.size() <= identity.fd) by_fd.resize(identity.fd + 1);
        by_fd[identity.fd] = identity;
    }
    found.reserve(fds.size());
    for (const int fd : fds) found.push_back(fd >= 0 && static_cast<size_t>(fd) < by_fd.size() ? by_fd[fd] : std::nullopt);
    return found;
}

Result<void> Kernel::push_program(uint32_t tables_id, const remit_file& file, const remit_toolset& toolset) {
    const remit_program_key key{.file = file, .tables = tables_id, .reserved = 0};
    return update_map(state_->handles.map("programs"), &key, &toolset, "programs");
}

void Kernel::drop_program(uint32_t tables_id, const remit_file& file) {
    const remit_program_key key{.file = file, .tables = tables_id, .reserved = 0};
    bpf_map_delete_elem(state_->handles.map("programs"), &key);
}

Result<void> Kernel::push_unix_file(uint32_t tables_id, const remit_file& file, const remit_toolset& toolset) {
    const remit_program_key key{.file = file, .tables = tables_id, .reserved = 0};
    return update_map(state_->handles.map("unix_files"), &key, &toolset, "unix_files");
}

void Kernel::drop_unix_file(uint32_t tables_id, const remit_file& file) {
    const remit_program_key key{.file = file, .tables = tables_id, .reserved = 0};
    bpf_map_delete_elem(state_->handles.map("unix_files"), &key);
}

Result<void> Kernel::push_unix_path(uint32_t tables_id, const std::string& path, const remit_toolset& toolset) {
    const remit_unix_key key = unix_key(tables_id, path);
    return update_map(state_->handles.map("unix_names"), &key, &toolset, "unix_names");
}

void Kernel::drop_unix_path(uint32_t tables_id, const std::string& path) {
    const remit_unix_key key = unix_key(tables_id, path);
    bpf_map_delete_elem(state_->handles.map("unix_names"), &key);
}

Result<void> Kernel::set_agent_path(const std::string& path) {
    const int map = state_->handles.map("unix_names");
    const remit_unix_key key = unix_key(0, path);
    const auto other = [&](const remit_unix_key& each) { return each.tables == 0 && std::memcmp(&each, &key, sizeof key) != 0; };
    for (const remit_unix_key& each : keys_of<remit_unix_key>(map, other)) bpf_map_delete_elem(map, &each);
    return path.empty() ? Result<void>() : push_unix_path(0, path, {});
}

Result<void> Kernel::push_peer(uint32_t tables_id, uint16_t endpoint, const remit_file& program, const remit_toolset& toolset) {
    const remit_peer_key key{.peer = program, .tables = tables_id, .endpoint = endpoint};
    return update_map(state_->handles.map("peers"), &key, &toolset, "peers");
}

void Kernel::drop_peer(uint32_t tables_id, uint16_t endpoint, const remit_file& program) {
    const remit_peer_key key{.peer = program, .tables = tables_id, .endpoint = endpoint};
    bpf_map_delete_elem(state_->handles.map("peers"), &key);
}

Result<void> Kernel::guard_inode(const remit_inode& inode, uint32_t how) {
    return update_map(state_->handles.map("guarded"), &inode, &how, "guarded");
}

Result<void> Kernel::guard_only(std::span<const GuardedInode> inodes) {
    for (const GuardedInode& each : inodes) {
        if (auto guarded = guard_inode(each.inode, each.how); !guarded) return guarded;
    }
    const int map = state_->handles.map("guarded");
    std::vector<remit_inode> gone;
    remit_inode key{};
    for (int more = bpf_map_get_next_key(map, nullptr, &key); more == 0; more = bpf_map_get_next_key(map, &key, &key)) {
        const bool wanted = std::any_of(inodes.begin(), inodes.end(),
                                        [&](const GuardedInode& each) { return std::memcmp(&each.inode, &key, sizeof key) == 0; });
        if (!wanted) gone.push_back(key);
    }
    for (const remit_inode& each : gone) bpf_map_delete_elem(map, &each);
    return {};
}

Result<void> Kernel::ask(remit_ask& question) {
    LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &question, .ctx_size_in = sizeof(question));
    if (bpf_prog_test_run_opts(state_->handles.program("remit_ask"), &options)) return errno_error("ask the kernel for a verdict");
    if (options.retval != 0) return Error{Code::kMissing, "no such session in the kernel", ""};
    return {};
}

}  // namespace remit::kernel
