/* cgroup_move_child CGROUP ENDPOINT: moves a child out, which then connects. */
#include "probe.h"

static void move(const char* cgroup, const char* file, const char* who) {
    int fd = open(below(cgroup, file), O_WRONLY | O_CLOEXEC);

    must(fd, "open the cgroup");
    must(write(fd, who, strlen(who)), "move");
    close(fd);
}

int main(int argc, char** argv) {
    int ends[2];
    char byte, pid[16];

    if (pipe(ends) < 0) cannot("pipe");
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        if (read(ends[0], &byte, 1) != 1) _exit(REFUSED);
        reach(argument(argc, argv, 2));
    }
    snprintf(pid, sizeof(pid), "%d", child);
    move(argument(argc, argv, 1), "cgroup.procs", pid);
    if (write(ends[1], "g", 1) != 1) cannot("let it go");
    end_as(child);
}
