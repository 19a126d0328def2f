/* unspec_then_udp ALLOWED REFUSED: an allowed connect, AF_UNSPEC, and another connect of the same socket. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address allowed = address_of(argument(argc, argv, 1)), to = address_of(argument(argc, argv, 2));
    struct address none = {.bytes = {.ss_family = AF_UNSPEC}, .size = sizeof(struct sockaddr_in)};
    int fd = open_socket(allowed.family, SOCK_DGRAM, 0);

    if (try_connect(fd, &allowed) < 0 || send(fd, "x", 1, 0) < 0) cannot("connect to the allowed one");
    if (try_connect(fd, &none) < 0) cannot("disconnect");
    must(try_connect(fd, &to), "connect");
    exchange(fd);
}
