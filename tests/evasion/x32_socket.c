/* x32_socket: a netlink socket by the x32 number of the system call. */
#include "probe.h"

int main(int argc, char** argv) {
    long fd = syscall(SYS_socket | 0x40000000, 16 /* AF_NETLINK */, SOCK_RAW, 16 /* GENERIC */);

    (void)argc, (void)argv;
    if (fd < 0 && errno == ENOSYS) not_here("x32");
    must(fd, "socket");
    return CROSSED;
}
