/* ptrace PID: attaches to a process outside. */
#include <sys/ptrace.h>

#include "probe.h"

int main(int argc, char** argv) {
    pid_t target = atoi(argument(argc, argv, 1));

    must(ptrace(PTRACE_SEIZE, target, 0, 0), "ptrace");
    ptrace(PTRACE_DETACH, target, 0, 0);
    return CROSSED;
}
