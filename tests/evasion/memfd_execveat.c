/* memfd_execveat PROGRAM: its bytes from anonymous memory. */
#include <sys/mman.h>

#include "probe.h"

int main(int argc, char** argv) {
    int fd = memfd_create("m", MFD_CLOEXEC);

    if (fd < 0) cannot("memfd_create");
    copy_to(argument(argc, argv, 1), fd);
    run_fd(fd);
}
