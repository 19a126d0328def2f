/* enter_namespace PID KIND: the mount namespace of a process outside. */
#include <sched.h>

#include "probe.h"

int main(int argc, char** argv) {
    char path[64];

    snprintf(path, sizeof(path), "/proc/%s/ns/%s", argument(argc, argv, 1), argument(argc, argv, 2));
    int fd = must(open(path, O_RDONLY), "open the namespace");
    must(setns(fd, 0), "setns");
    return CROSSED;
}
