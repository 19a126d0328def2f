/* udp_send_only ENDPOINT: nobody answers; that it left is what counts. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(to.family, SOCK_DGRAM, 0), yes = 1;

    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes));
    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    return CROSSED;
}
