/* limits PID: reads a limit and sets it as it is. */
#include <sys/resource.h>

#include "probe.h"

int main(int argc, char** argv) {
    struct rlimit limit;
    pid_t target = atoi(argument(argc, argv, 1));

    must(prlimit(target, RLIMIT_NOFILE, NULL, &limit), "read the limit");
    must(prlimit(target, RLIMIT_NOFILE, &limit, NULL), "set the limit");
    return CROSSED;
}
