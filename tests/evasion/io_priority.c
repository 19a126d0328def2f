/* io_priority PID */
#include "probe.h"

int main(int argc, char** argv) {
    must(syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, atoi(argument(argc, argv, 1)), 0), "ioprio_set");
    return CROSSED;
}
