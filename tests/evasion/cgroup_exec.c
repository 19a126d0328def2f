/* cgroup_exec CGROUP PROGRAM: moves itself out, then executes. */
#include "probe.h"

static void move(const char* cgroup, const char* file, const char* who) {
    int fd = open(below(cgroup, file), O_WRONLY | O_CLOEXEC);

    must(fd, "open the cgroup");
    must(write(fd, who, strlen(who)), "move");
    close(fd);
}

int main(int argc, char** argv) {
    pid_t child = fork();

    if (child == 0) {
        move(argument(argc, argv, 1), "cgroup.procs", "0");
        run(argument(argc, argv, 2));
    }
    end_as(child);
}
