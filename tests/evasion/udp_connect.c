/* udp_connect ENDPOINT */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(to.family, SOCK_DGRAM, 0);

    must(try_connect(fd, &to), "connect");
    exchange(fd);
}
