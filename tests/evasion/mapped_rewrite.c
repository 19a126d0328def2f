/* mapped_rewrite FOLDER: the granted file is mapped and made dirty, judged, and changed through the mapping, which leaves its times. */
#include <sys/mman.h>

#include "probe.h"

int main(int argc, char** argv) {
    const char* granted = below(argument(argc, argv, 1), "pinned");
    struct stat size;
    int fd = open(granted, O_RDWR | O_CLOEXEC), other = open(below(argv[1], "other"), O_RDONLY | O_CLOEXEC);

    must(fd, "open for writing");
    fstat(fd, &size);
    volatile char* bytes = mmap(NULL, size.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) cannot("map");
    for (long at = 0; at < size.st_size; at += 4096) bytes[at] = bytes[at];
    pid_t child = fork();
    if (child == 0) run(granted); /* is judged, and fails: it is open for writing */
    waitpid(child, NULL, 0);
    if (read(other, (char*)bytes, size.st_size) < 0) cannot("change it");
    munmap((char*)bytes, size.st_size);
    close(fd);
    run(granted);
}
