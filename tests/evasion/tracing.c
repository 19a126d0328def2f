/* tracing: a probe of its own on a function of the kernel, by perf. */
#include <linux/perf_event.h>

#include "probe.h"

int main(int argc, char** argv) {
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attributes), .config = PERF_COUNT_SW_CPU_CLOCK};

    (void)argc, (void)argv;
    must(syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0), "perf_event_open of a whole CPU");
    return CROSSED;
}
