/* segment_route ALLOWED REFUSED: a segment routing header leads a datagram to the allowed address by way of the other. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1)), by = address_of(argument(argc, argv, 2));
    unsigned char header[40] = {0, 4, 4, 1, 1}; /* of two segments, one is left; the last comes first */
    int fd = open_socket(AF_INET6, SOCK_DGRAM, 0);

    memcpy(header + 8, &((struct sockaddr_in6*)&to.bytes)->sin6_addr, 16);
    memcpy(header + 24, &((struct sockaddr_in6*)&by.bytes)->sin6_addr, 16);
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, header, sizeof(header)) < 0) {
        if (errno == EINVAL) not_here("segment routing");
        failed("setsockopt");
    }
    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    return CROSSED;
}
