#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "abi/policy.h"
#include "base/digest.h"
#include "kernel/maps.h"
#include "remit.skel.h"

namespace remit::kernel {
namespace {

// libbpf says why only by printing: the last lines are kept for the error.
std::string g_said;

int keep_what_libbpf_says(libbpf_print_level level, const char* format, va_list arguments) {
    if (level == LIBBPF_DEBUG) return 0;
    char line[1024];
    vsnprintf(line, sizeof(line), format, arguments);
    g_said += line;
    if (g_said.size() > 8192) g_said.erase(0, g_said.size() - 8192);
    return 0;
}

// The verifier's verdict on the program that failed: libbpf's last lines name it.
std::string last_lines(const std::string& text, int count) {
    size_t at = text.size();
    for (int i = 0; i <= count && at != std::string::npos && at > 0; i++) at = text.rfind('\n', at - 1);
    std::string lines = at == std::string::npos || at == 0 ? text : text.substr(at + 1);
    for (char& c : lines)
        if (c == '\n') c = ';';
    return lines;
}

struct Skeleton {
    remit_bpf* bpf = nullptr;
    Skeleton() = default;
    Skeleton(const Skeleton&) = delete;
    Skeleton& operator=(const Skeleton&) = delete;
    ~Skeleton() { remit_bpf__destroy(bpf); }
};

bool starts_with(const char* text, const char* start) {
    return std::strncmp(text, start, std::strlen(start)) == 0;
}

// The programs that only newer kernels know: libbpf 1.1 does not tell what they are by their section.
bool is_on_unix(const bpf_program* program) {
    const char* section = bpf_program__section_name(program);
    return starts_with(section, "connect_unix") || starts_with(section, "sendmsg_unix");
}

void prepare_unix(bpf_program* program, bool wanted) {
    bpf_program__set_autoload(program, wanted);
    bpf_program__set_type(program, BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
    bpf_program__set_expected_attach_type(program,
                                          starts_with(bpf_program__section_name(program), "connect_unix") ? kConnectUnix : kSendmsgUnix);
}

// Attached once a session, or run by the daemon: not attached at load.
bool attaches_at_load(const bpf_program* program) {
    const char* section = bpf_program__section_name(program);
    if (bpf_program__expected_attach_type(program) == BPF_CGROUP_INET_SOCK_RELEASE) return false;
    return starts_with(section, "tp_btf/") || starts_with(section, "lsm/") || is_on_unix(program) ||
           (starts_with(section, "cgroup/") && bpf_program__type(program) != BPF_PROG_TYPE_CGROUP_SKB);
}

Result<Fd> duplicate(int fd, const char* name) {
    Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (!copy) return errno_error("duplicate the descriptor of", name);
    return copy;
}

Result<Fd> attach(const bpf_program* program, int cgroup_fd) {
    const bool on_cgroup = starts_with(bpf_program__section_name(program), "cgroup/") || is_on_unix(program);
    bpf_link* link = on_cgroup ? bpf_program__attach_cgroup(program, cgroup_fd) : bpf_program__attach(program);
    if (!link) return errno_error("attach", bpf_program__name(program));
    auto fd = duplicate(bpf_link__fd(link), bpf_program__name(program));
    bpf_link__disconnect(link);
    bpf_link__destroy(link);
    return fd;
}

// ".bss" and ".rodata" carry the object's name in front.
std::string name_of(const bpf_map* map) {
    const char* name = bpf_map__name(map);
    const char* dot = std::strchr(name, '.');
    return dot ? dot + 1 : name;
}

// Every map but the switches, which are each object's own. One that the other object does not have begins empty.
Result<void> reuse_maps(bpf_object* object, const Handles& over) {
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object) {
        const std::string name = name_of(map);
        const int fd = over.map(name);
        if (name == "rodata" || fd < 0) continue;
        bpf_map_info info{};
        __u32 size = sizeof(info);
        if (bpf_obj_get_info_by_fd(fd, &info, &size)) return errno_error("look at the pinned map", name);
        if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) || info.value_size != bpf_map__value_size(map))
            return Error{Code::kUnsupported, "the pinned map " + name + " has another shape than this version's",
                         "end the sessions and run `remit off` first"};
        if (bpf_map__reuse_fd(map, fd)) return errno_error("take over the pinned map", name);
    }
    return {};
}

}  // namespace

Result<Handles> load_and_attach(const LoadOptions& options) {
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
    libbpf_set_print(keep_what_libbpf_says);
    g_said.clear();
    Skeleton skeleton;
    skeleton.bpf = remit_bpf__open();
    if (!skeleton.bpf) return errno_error("open the BPF object");
    skeleton.bpf->rodata->dry_run = options.dry_run;
    skeleton.bpf->rodata->build = object_build();
    skeleton.bpf->bss->bindings.serving = object_build();  // of maps of their own; those of others keep what they hold
    skeleton.bpf->rodata->mark_base = options.mark_base;
    skeleton.bpf->rodata->mark_mask = options.mark_mask;
    skeleton.bpf->rodata->lsm_tier = options.lsm_tier;
    skeleton.bpf->rodata->task_storage_in_socket_programs = options.task_storage_in_socket_programs;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton.bpf->obj) {
        if (!options.lsm_tier && starts_with(bpf_program__section_name(program), "lsm/")) bpf_program__set_autoload(program, false);
        if (is_on_unix(program)) prepare_unix(program, !options.lsm_tier && options.connect_unix);
    }
    if (options.over) {
        if (auto reused = reuse_maps(skeleton.bpf->obj, *options.over); !reused) return reused.error();
    }
    if (remit_bpf__load(skeleton.bpf)) {
        Error error = errno_error("load the BPF programs");
        error.message += " (" + last_lines(g_said, 6) + ")";
        error.hint = "see `remit doctor`; lockdown=confidentiality makes loading fail with EINVAL";
        return error;
    }
    const Fd cgroup(open(options.cgroup_root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!cgroup) return errno_error("open the cgroup root", options.cgroup_root);

    Handles handles;
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, skeleton.bpf->obj) {
        auto fd = duplicate(bpf_map__fd(map), bpf_map__name(map));
        if (!fd) return fd.error();
        handles.maps[name_of(map)] = std::move(*fd);
    }
    bpf_object__for_each_program(program, skeleton.bpf->obj) {
        if (!bpf_program__autoload(program)) continue;
        auto fd = duplicate(bpf_program__fd(program), bpf_program__name(program));
        if (!fd) return fd.error();
        handles.programs[bpf_program__name(program)] = std::move(*fd);
        if (!attaches_at_load(program)) continue;
        auto link = attach(program, cgroup.get());
        if (!link) return link.error();
        handles.links[bpf_program__name(program)] = std::move(*link);
    }
    return handles;
}

std::string object_fingerprint() {
    size_t size = 0;
    const void* object = remit_bpf__elf_bytes(&size);
    return hex(sha256(std::string_view(static_cast<const char*>(object), size))).substr(0, 16);
}

uint64_t object_build() {
    return std::stoull(object_fingerprint(), nullptr, 16);
}

}  // namespace remit::kernel
