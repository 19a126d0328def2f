/* pull_in CGROUP PID: moves a process of nobody's session into a cgroup of its own. */
#include "probe.h"

static void move(const char* cgroup, const char* file, const char* who) {
    int fd = open(below(cgroup, file), O_WRONLY | O_CLOEXEC);

    must(fd, "open the cgroup");
    must(write(fd, who, strlen(who)), "move");
    close(fd);
}

int main(int argc, char** argv) {
    move(argument(argc, argv, 1), "cgroup.procs", argument(argc, argv, 2));
    return CROSSED;
}
