#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cstring>

#include "base/file.h"
#include "kernel/kernel.h"
#include "kernel/maps.h"

namespace remit::kernel {
namespace {

constexpr bpf_insn kReturnZero[] = {
    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
    {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
};

// Empty when a program on an LSM hook can be loaded, else why not.
std::string probe_lsm() {
    const int hook = libbpf_find_vmlinux_btf_id("file_open", BPF_LSM_MAC);
    if (hook < 0) return "the kernel's BTF names no LSM hooks";
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC, .attach_btf_id = static_cast<__u32>(hook));
    const Fd program(bpf_prog_load(BPF_PROG_TYPE_LSM, "remit_probe", "GPL", kReturnZero, std::size(kReturnZero), &options));
    return program ? "" : std::strerror(errno);
}

// The kernel's list has "bpf", or cannot be read (securityfs not mounted): then only the canary tells.
bool lsm_is_listed() {
    const auto list = read_file("/sys/kernel/security/lsm", 4096);
    return !list || ("," + *list + ",").find(",bpf") != std::string::npos;
}

// May a program on connect read the current task's storage? Loaded as: bpf_task_storage_get(map, current, 0, 0).
bool probe_task_storage_in_socket_programs(const btf* kernel_types) {
    if (!kernel_types) return false;
    btf* types = btf__new_empty();
    const int int_type = btf__add_int(types, "int", 4, BTF_INT_SIGNED);
    __u32 size = 0;
    const void* raw = btf__raw_data(types, &size);
    const Fd btf_fd(bpf_btf_load(raw, size, nullptr));
    btf__free(types);
    if (!btf_fd || int_type < 0) return false;
    LIBBPF_OPTS(bpf_map_create_opts, map_options, .btf_fd = static_cast<__u32>(btf_fd.get()),
                .btf_key_type_id = static_cast<__u32>(int_type), .btf_value_type_id = static_cast<__u32>(int_type),
                .map_flags = BPF_F_NO_PREALLOC);
    const Fd map(bpf_map_create(BPF_MAP_TYPE_TASK_STORAGE, "remit_probe", 4, 4, 0, &map_options));
    if (!map) return false;
    const bpf_insn program[] = {
        {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = BPF_FUNC_get_current_task_btf},
        {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_0, .off = 0, .imm = 0},
        {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = BPF_REG_1, .src_reg = BPF_PSEUDO_MAP_FD, .off = 0, .imm = map.get()},
        {.code = 0, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .src_reg = 0, .off = 0, .imm = 0},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_4, .src_reg = 0, .off = 0, .imm = 0},
        {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = BPF_FUNC_task_storage_get},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 1},
        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_CGROUP_INET4_CONNECT);
    const Fd loaded(bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "remit_probe", "GPL", program, std::size(program), &options));
    return static_cast<bool>(loaded);
}

bool probe_connect_unix() {
    const bpf_insn pass[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 1},
        {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = kConnectUnix);
    const Fd program(bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "remit_probe", "GPL", pass, std::size(pass), &options));
    return static_cast<bool>(program);
}

}  // namespace

bool calls_lsm_programs() {
    const auto word = read_file("/proc/sys/kernel/ftrace_enabled", 16);
    return !word || *word != "0\n";
}

Features probe_features(const std::string& cgroup_root) {
    Features features;
    libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
    libbpf_set_print(nullptr);
    btf* kernel_types = btf__load_vmlinux_btf();
    features.btf = libbpf_get_error(kernel_types) == 0;
    struct statfs stat {};
    features.cgroup2 = statfs(cgroup_root.c_str(), &stat) == 0 && stat.f_type == CGROUP2_SUPER_MAGIC;
    if (features.btf) {
        features.lsm_error = probe_lsm();
        features.lsm_loads = features.lsm_error.empty();
        features.task_storage_in_socket_programs = probe_task_storage_in_socket_programs(kernel_types);
        btf__free(kernel_types);
    }
    features.connect_unix = probe_connect_unix();
    features.lsm_listed = lsm_is_listed();
    features.lsm_called = calls_lsm_programs();
    return features;
}

}  // namespace remit::kernel
