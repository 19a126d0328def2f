/* stream_protocol ENDPOINT PROTOCOL: MPTCP, SCTP and other streams over IP. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = socket(to.family, SOCK_STREAM, atoi(argument(argc, argv, 2)));

    if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == ENOPROTOOPT)) not_here("the protocol");
    must(fd, "socket");
    must(try_connect(fd, &to), "connect");
    exchange(fd);
}
