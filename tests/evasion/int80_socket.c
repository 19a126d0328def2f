/* int80_socket: a netlink socket by the 32-bit system call. */
#include "probe.h"

static void no_emulation(int unused) {
    _exit(NOT_HERE + 0 * unused);
}

int main(void) {
    long result;

    signal(SIGSEGV, no_emulation); /* where the kernel has no such entry */
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(359L), "b"(16L), "c"(3L), "d"(16L) : "memory");
    errno = (int)-result;
    if (result < 0 && errno == ENOSYS) not_here("32-bit system calls");
    must(result < 0 ? -1 : 0, "socket");
    return CROSSED;
}
