/* bpf_pinned PATH: opens a pinned object. */
#include <linux/bpf.h>

#include "probe.h"

static long bpf(int command, union bpf_attr* attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

int main(int argc, char** argv) {
    union bpf_attr attributes = {.pathname = (unsigned long)argument(argc, argv, 1)};

    must(bpf(BPF_OBJ_GET, &attributes), "open the pin");
    return CROSSED;
}
