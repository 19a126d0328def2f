#include "kernel/kernel.h"

#include <bpf/bpf.h>

#include <utility>
#include <vector>

#include "kernel/state.h"

namespace remit::kernel {
namespace {

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

Result<void> Kernel::State::begin(const Handles* over) {
    const bool lsm = options.lsm && features.lsm_loads && features.lsm_listed && features.lsm_called;
    auto loaded = load_and_attach({.cgroup_root = options.cgroup_root,
                                   .dry_run = options.dry_run,
                                   .lsm_tier = lsm,
                                   .task_storage_in_socket_programs = features.task_storage_in_socket_programs,
                                   .connect_unix = features.connect_unix,
                                   .mark_base = options.mark_base,
                                   .mark_mask = options.mark_mask,
                                   .over = over});
    if (!loaded) return std::move(loaded).error();
    handles = std::move(*loaded);
    return pin(handles, folder);
}

Result<void> Kernel::State::adopt() {
    adopted = true;  // whatever comes: what others left is not ours to take away
    auto pins = open_pins(folder);
    if (!pins) return std::move(pins).error();
    handles = std::move(*pins);
    if (auto mapped = map_memory(); !mapped) return mapped;
    __atomic_store_n(&globals->bindings.previous, 0, __ATOMIC_RELEASE);
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
    Result<void> done = state->take_up();
    if (done && !state->globals) done = state->map_memory();
    if (done) done = state->open_rings();
    if (done) done = state->open_identity_iterator();
    if (done) done = state->open_datagrams_iterator();
    state->mark_base = static_cast<uint32_t>(read_global(state->folder, "rodata", "mark_base").value_or(0));
    state->mark_mask = static_cast<uint32_t>(read_global(state->folder, "rodata", "mark_mask").value_or(0));
    if (!done) {
        if (!state->adopted) (void)remove_pins(state->folder);
        return std::move(done).error();
    }
    return Kernel(std::move(state));
}

Result<Kernel::Off> Kernel::off(const std::string& bpffs) {
    const Attached attached = pinned_links(bpffs);
    std::vector<Fd> stopped;
    for (const std::string& folder : other_pins(bpffs, "")) {
        if (Fd map(bpf_obj_get((folder + "/maps/stopped").c_str())); map) stopped.push_back(std::move(map));
    }
    auto removed = remove_pins(bpffs);
    if (!removed) return std::move(removed).error();
    const int held = wait_until_off(attached);
    for (const Fd& map : stopped) {
        if (held == 0) (void)resume(map.get(), [](const remit_stopped&) { return false; });
    }
    return Off{*removed, held};
}

bool Kernel::adopted() const {
    return state_->adopted;
}

Tier Kernel::tier() const {
    return state_->handles.program("remit_bprm_check") >= 0 ? Tier::kLsm : Tier::kBase;
}

uint32_t Kernel::mark_of(uint32_t slot) const {
    return state_->mark_mask == 0 ? 0 : state_->mark_base | (slot & state_->mark_mask);
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
