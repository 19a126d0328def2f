/* bpf_by_id map|prog|link: opens the first that the kernel has and that is not about to go, by its number. */
#include <linux/bpf.h>

#include "probe.h"

static long bpf(int command, union bpf_attr* attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

int main(int argc, char** argv) {
    const char* kind = argument(argc, argv, 1);
    int next = *kind == 'm' ? BPF_MAP_GET_NEXT_ID : *kind == 'p' ? BPF_PROG_GET_NEXT_ID : BPF_LINK_GET_NEXT_ID;
    int get = *kind == 'm' ? BPF_MAP_GET_FD_BY_ID : *kind == 'p' ? BPF_PROG_GET_FD_BY_ID : BPF_LINK_GET_FD_BY_ID;
    union bpf_attr attributes = {0};

    for (;;) {
        attributes.next_id = 0;
        must(bpf(next, &attributes), "next id");
        attributes.map_id = attributes.next_id, attributes.next_id = 0;
        if (bpf(get, &attributes) >= 0) return CROSSED;
        if (errno != ENOENT && errno != EAGAIN) failed("open by id");
    }
}
