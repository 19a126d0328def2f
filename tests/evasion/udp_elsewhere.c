/* udp_elsewhere ALLOWED REFUSED: connected to one, sends to the other. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address allowed = address_of(argument(argc, argv, 1)), to = address_of(argument(argc, argv, 2));
    int fd = open_socket(allowed.family, SOCK_DGRAM, 0);

    if (try_connect(fd, &allowed) < 0) cannot("connect to the allowed one");
    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    return CROSSED; /* the answer would be filtered; the server counts */
}
