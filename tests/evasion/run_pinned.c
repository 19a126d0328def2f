/* run_pinned PROGRAM: the granted content, which ends with BYSTANDER. */
#include "probe.h"

int main(int argc, char **argv) {
    int status = 0;
    pid_t child = fork();

    if (child == 0) run(argument(argc, argv, 1));
    if (child < 0 || waitpid(child, &status, 0) != child) cannot("run it");
    return WIFEXITED(status) && WEXITSTATUS(status) == BYSTANDER ? CROSSED : REFUSED;
}
