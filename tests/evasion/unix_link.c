/* unix_link TYPE NAME FOLDER: by a symbolic link. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* link = below(argument(argc, argv, 3), "s");
    struct address to = address_of(link);

    if (symlink(argv[2], link) < 0) cannot("symlink");
    int fd = open_socket(AF_UNIX, atoi(argv[1]), 0);
    must(try_connect(fd, &to), "connect");
    exchange(fd);
}
