/* mprotect_exec FILE: the same, made executable after it was mapped for reading. */
#include <sys/mman.h>

#include "probe.h"

int main(int argc, char** argv) {
    static const unsigned char code[] = {0x31, 0xc0, 0xc3}; /* return 0 */
    int fd = open(argument(argc, argv, 1), O_CREAT | O_RDWR, 0755);

    if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code)) cannot("write code");
    int (*function)(void) = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    if (function == MAP_FAILED) cannot("map");
    must(mprotect(function, 4096, PROT_READ | PROT_EXEC), "mprotect");
    return function() == 0 ? CROSSED : SOMETHING_ELSE;
}
