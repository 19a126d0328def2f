/* reuseport_steal ENDPOINT: shares the port of a server of the same user and takes its connections. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address at = address_of(argument(argc, argv, 1));
    int fd = open_socket(at.family, SOCK_STREAM, 0), yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes));
    must(bind(fd, (void*)&at.bytes, at.size), "bind");
    must(listen(fd, 1), "listen");
    return CROSSED;
}
