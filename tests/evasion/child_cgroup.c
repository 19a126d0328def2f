/* child_cgroup CGROUP ENDPOINT: makes a cgroup below its own and connects from there. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* inner = below(argument(argc, argv, 1), "inner");
    pid_t child = fork();

    if (child == 0) {
        if (mkdir(inner, 0755) < 0 && errno != EEXIST) cannot("make a cgroup");
        int fd = open(below(inner, "cgroup.procs"), O_WRONLY);
        if (fd < 0 || write(fd, "0", 1) != 1) cannot("enter it");
        reach(argument(argc, argv, 2));
    }
    end_as(child);
}
