/* clock_back: sets the wall clock, to the time that it has. */
#include <time.h>

#include "probe.h"

int main(int argc, char** argv) {
    struct timespec now;

    (void)argc, (void)argv;
    clock_gettime(CLOCK_REALTIME, &now);
    must(clock_settime(CLOCK_REALTIME, &now), "clock_settime");
    return CROSSED;
}
