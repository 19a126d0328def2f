/* scheduler PID: as idle. */
#include <sched.h>

#include "probe.h"

int main(int argc, char** argv) {
    struct sched_param parameters = {0};
    pid_t target = atoi(argument(argc, argv, 1));

    must(sched_setscheduler(target, SCHED_BATCH, &parameters), "sched_setscheduler");
    return CROSSED;
}
