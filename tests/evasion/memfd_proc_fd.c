/* memfd_proc_fd PROGRAM: the same, named through /proc. */
#include <sys/mman.h>

#include "probe.h"

int main(int argc, char** argv) {
    char path[64];
    int fd = memfd_create("m", 0);

    if (fd < 0) cannot("memfd_create");
    copy_to(argument(argc, argv, 1), fd);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    run(path);
}
