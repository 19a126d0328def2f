/* open_device PATH: for writing. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = open(argument(argc, argv, 1), O_RDWR);

    if (fd < 0 && (errno == ENOENT || errno == ENXIO || errno == ENODEV)) not_here(argv[1]);
    must(fd, "open");
    return CROSSED;
}
