/* orphan ENDPOINT: forks twice, the parent ends, the orphan connects. */
#include "probe.h"

int main(int argc, char** argv) {
    int ends[2], status = 0;
    char result = SOMETHING_ELSE;

    if (pipe(ends) < 0) cannot("pipe");
    pid_t child = fork();
    if (child == 0) {
        pid_t parent = getpid();
        pid_t orphan = fork();
        if (orphan != 0) _exit(orphan < 0);
        for (int i = 0; i < 1000 && getppid() == parent; i++) poll(NULL, 0, 1);
        pid_t last = fork();
        if (last == 0) reach(argument(argc, argv, 1));
        if (last < 0 || waitpid(last, &status, 0) != last) _exit(1);
        result = WIFEXITED(status) ? WEXITSTATUS(status) : REFUSED;
        _exit(write(ends[1], &result, 1) != 1);
    }
    close(ends[1]);
    if (child < 0 || waitpid(child, &status, 0) != child || status) cannot("orphan a process");
    if (read(ends[0], &result, 1) != 1) return REFUSED; /* it was killed */
    return result;
}
