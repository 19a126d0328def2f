#include "kernel/kernel.h"

#include <filesystem>

#include "kernel/state.h"

namespace remit::kernel {
namespace {

namespace fs = std::filesystem;

template <typename T>
Result<T*> map_shared(int fd, size_t count, const char* name) {
    void* at = mmap(nullptr, sizeof(T) * count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return errno_error("map", name);
    return static_cast<T*>(at);
}

}  // namespace

Result<void> Kernel::State::map_memory() {
    auto mapped = map_shared<remit_session>(handles.map("sessions"), REMIT_MAX_SESSIONS, "sessions");
    if (!mapped) return mapped.error();
    sessions = *mapped;
    auto shared = map_shared<Globals>(handles.map("bss"), 1, "globals");
    if (!shared) return shared.error();
    globals = *shared;
    return {};
}

Kernel::Kernel(std::unique_ptr<State> state) : state_(std::move(state)) {}
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;
Kernel::~Kernel() = default;

Result<Kernel> Kernel::open(const Options& options) {
    auto state = std::make_unique<State>();
    state->options = options;
    state->features = probe_features(options.cgroup_root);
    const Features& features = state->features;
    if (!features.btf)
        return Error{Code::kUnsupported, "this kernel has no BTF (/sys/kernel/btf/vmlinux)",
                     "use a kernel built with CONFIG_DEBUG_INFO_BTF=y"};
    if (!features.cgroup2)
        return Error{Code::kUnsupported, options.cgroup_root + " is not a folder of cgroup v2",
                     "give --cgroup-root a folder below the mount point of cgroup2"};
    state->folder = options.bpffs + "/" + object_fingerprint();
    state->adopted = fs::exists(state->folder + "/links");
    if (!state->adopted && fs::exists(options.bpffs) && !fs::is_empty(options.bpffs))
        return Error{Code::kUnsupported, "another version of Remit has its programs pinned under " + options.bpffs,
                     "end its sessions and run `remit off` first"};
    if (state->adopted) {
        auto handles = open_pins(state->folder);
        if (!handles) return std::move(handles).error();
        state->handles = std::move(*handles);
    } else {
        const bool lsm = options.lsm && features.lsm_loads && features.lsm_listed;
        auto handles =
            load_and_attach({options.cgroup_root, options.dry_run, lsm, features.task_storage_in_socket_programs, features.connect_unix});
        if (!handles) return std::move(handles).error();
        state->handles = std::move(*handles);
        if (auto pinned = pin(state->handles, state->folder); !pinned) return std::move(pinned).error();
    }
    Result<void> done = state->map_memory();
    if (done) done = state->open_rings();
    if (done) done = state->open_identity_iterator();
    if (!done) {
        if (!state->adopted) (void)remove_pins(state->folder);
        return std::move(done).error();
    }
    return Kernel(std::move(state));
}

Result<int> Kernel::off(const std::string& bpffs) {
    return remove_pins(bpffs);
}

bool Kernel::adopted() const {
    return state_->adopted;
}

Tier Kernel::tier() const {
    return state_->handles.program("remit_bprm_check") >= 0 ? Tier::kLsm : Tier::kBase;
}

const Features& Kernel::features() const {
    return state_->features;
}

std::vector<std::string> Kernel::programs() const {
    std::vector<std::string> names;
    for (const auto& [name, fd] : state_->handles.programs) names.push_back(name);
    return names;
}

}  // namespace remit::kernel
