/* clone_parent ENDPOINT: a sibling instead of a child: its parent is outside. */
#include <sched.h>

#include "probe.h"

int main(int argc, char** argv) {
    int ends[2];
    char result = REFUSED;

    if (pipe(ends) < 0) cannot("pipe");
    long sibling = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
    if (sibling == 0) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) reach(argument(argc, argv, 1));
        if (waitpid(child, &status, 0) == child && WIFEXITED(status)) result = WEXITSTATUS(status);
        _exit(write(ends[1], &result, 1) != 1);
    }
    if (sibling < 0 && errno == EINVAL) not_here("a parent outside of this pid namespace");
    must(sibling, "clone");
    close(ends[1]);
    if (read(ends[0], &result, 1) != 1) return REFUSED;
    return result;
}
