/* int80_exec PROGRAM: by the 32-bit system call, which filters for the native ones do not see. */
#include <sys/mman.h>

#include "probe.h"

static void no_emulation(int unused) {
    _exit(NOT_HERE + 0 * unused);
}

int main(int argc, char** argv) {
    unsigned* low = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    long result;

    signal(SIGSEGV, no_emulation); /* where the kernel has no such entry */
    if (low == MAP_FAILED) cannot("map low memory");
    char* path = (char*)(low + 1024);
    strncpy(path, argument(argc, argv, 1), 4000);
    low[0] = (unsigned)(unsigned long)path;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(11L), "b"(path), "c"(low), "d"(low + 1) : "memory");
    errno = (int)-result;
    if (errno == ENOSYS) not_here("32-bit system calls");
    failed("execve");
}
