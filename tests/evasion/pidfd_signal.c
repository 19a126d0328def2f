/* pidfd_signal PID NUMBER */
#include "probe.h"

int main(int argc, char** argv) {
    int process = must(syscall(SYS_pidfd_open, atoi(argument(argc, argv, 1)), 0), "pidfd_open");

    must(syscall(424 /* pidfd_send_signal */, process, atoi(argument(argc, argv, 2)), NULL, 0), "pidfd_send_signal");
    return CROSSED;
}
