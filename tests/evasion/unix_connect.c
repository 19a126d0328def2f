/* unix_connect TYPE NAME [FOLDER]: a unix socket of a stranger, by path, by abstract name, below a folder or by a link. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 2));

    if (argc > 3 && chdir(argv[3]) < 0) cannot("enter the folder");
    int fd = open_socket(AF_UNIX, atoi(argv[1]), 0);
    must(try_connect(fd, &to), "connect");
    if (atoi(argv[1]) != SOCK_DGRAM) exchange(fd);
    must(send(fd, "probe", 5, MSG_NOSIGNAL), "send");
    return CROSSED;
}
