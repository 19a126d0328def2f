/* write_switch PATH [TEXT]: writes what stands there, or a harmless text. */
#include "probe.h"

int main(int argc, char** argv) {
    char text[256] = "";
    int in = open(argument(argc, argv, 1), O_RDONLY), fd;

    if (in < 0 && errno == ENOENT) not_here(argv[1]);
    if (argc > 2)
        snprintf(text, sizeof(text), "%s", argv[2]);
    else if (in < 0 || read(in, text, sizeof(text) - 1) < 0)
        failed("read the switch");
    if ((fd = open(argv[1], O_WRONLY)) < 0) failed("open the switch");
    must(write(fd, text, strlen(text)), "write the switch");
    return CROSSED;
}
