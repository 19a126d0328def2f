/* tmpfile PROGRAM FOLDER: a file that never had a name. */
#include "probe.h"

int main(int argc, char** argv) {
    char path[64];
    int fd = open(argument(argc, argv, 2), O_TMPFILE | O_RDWR | O_CLOEXEC, 0755);

    if (fd < 0 && errno == EOPNOTSUPP) not_here("O_TMPFILE");
    if (fd < 0) cannot("open with O_TMPFILE");
    copy_to(argument(argc, argv, 1), fd);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    if (again < 0) cannot("open it again");
    close(fd);
    run_fd(again);
}
