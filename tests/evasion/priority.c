/* priority PID: sets what it has. */
#include <sys/resource.h>

#include "probe.h"

int main(int argc, char** argv) {
    pid_t target = atoi(argument(argc, argv, 1));
    errno = 0;
    int now = getpriority(PRIO_PROCESS, target);

    if (errno) cannot("getpriority");
    must(setpriority(PRIO_PROCESS, target, now), "setpriority");
    return CROSSED;
}
