/* unlinked PROGRAM FOLDER: a copy that no folder names any more. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* copy = below(argument(argc, argv, 2), "unlinked");

    copy_file(argument(argc, argv, 1), copy);
    int fd = open(copy, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || unlink(copy) < 0) cannot("unlink the copy");
    run_fd(fd);
}
