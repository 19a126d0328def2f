/* bpf_program: loads a program. */
#include <linux/bpf.h>

#include "probe.h"

static long bpf(int command, union bpf_attr* attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

int main(int argc, char** argv) {
    struct bpf_insn code[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = 2, .insns = (unsigned long)code, .license = (unsigned long)"GPL"};

    (void)argc, (void)argv;
    must(bpf(BPF_PROG_LOAD, &attributes), "load a program");
    return CROSSED;
}
