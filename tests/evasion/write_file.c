/* write_file PATH: opens it for writing, and appends nothing. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = open(argument(argc, argv, 1), O_WRONLY | O_APPEND | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT) not_here(argv[1]);
    must(fd, "open for writing");
    return CROSSED;
}
