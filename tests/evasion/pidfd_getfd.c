/* pidfd_getfd PID FD: takes a connected socket from a process outside. */
#include "probe.h"

int main(int argc, char** argv) {
    int process = must(syscall(SYS_pidfd_open, atoi(argument(argc, argv, 1)), 0), "pidfd_open");
    int fd = must(syscall(438 /* pidfd_getfd */, process, atoi(argument(argc, argv, 2)), 0), "pidfd_getfd");

    exchange(fd);
}
