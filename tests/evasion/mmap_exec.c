/* mmap_exec FILE|memfd: code of a file (or of anonymous memory that has a descriptor) is mapped and called; no exec at all. */
#include <sys/mman.h>

#include "probe.h"

int main(int argc, char** argv) {
    static const unsigned char code[] = {0x31, 0xc0, 0xc3}; /* return 0 */
    const char* path = argument(argc, argv, 1);
    int fd = strcmp(path, "memfd") ? open(path, O_CREAT | O_RDWR, 0755) : memfd_create("m", 0);

    if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code)) cannot("write code");
    int (*function)(void) = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    if (function == MAP_FAILED) failed("mmap");
    return function() == 0 ? CROSSED : SOMETHING_ELSE;
}
