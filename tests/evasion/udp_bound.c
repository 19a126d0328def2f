/* udp_bound ADDRESS:0: a door for datagrams. */
#include "knock.h"

int main(int argc, char** argv) {
    struct address at = address_of(argument(argc, argv, 1));
    int fd = open_socket(at.family, SOCK_DGRAM, 0);

    must(bind(fd, (void*)&at.bytes, at.size), "bind");
    await_knock(fd, 0);
}
