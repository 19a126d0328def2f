/* opath_exec PROGRAM: by a descriptor that was opened with O_PATH. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = open(argument(argc, argv, 1), O_PATH);

    if (fd < 0) cannot("open");
    run_fd(fd);
}
