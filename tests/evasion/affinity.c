/* affinity PID: sets what it has. */
#include <sched.h>

#include "probe.h"

int main(int argc, char** argv) {
    cpu_set_t cpus;
    pid_t target = atoi(argument(argc, argv, 1));

    must(sched_getaffinity(target, sizeof(cpus), &cpus), "sched_getaffinity");
    must(sched_setaffinity(target, sizeof(cpus), &cpus), "sched_setaffinity");
    return CROSSED;
}
