/* bpf_map: makes a map. */
#include <linux/bpf.h>

#include "probe.h"

static long bpf(int command, union bpf_attr* attributes) {
    return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

int main(int argc, char** argv) {
    union bpf_attr attributes = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1};

    (void)argc, (void)argv;
    must(bpf(BPF_MAP_CREATE, &attributes), "make a map");
    return CROSSED;
}
