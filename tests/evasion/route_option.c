/* route_option LEVEL OPTION HEX ENDPOINT: an option that lets a datagram go by way of another address. */
#include "probe.h"

int main(int argc, char** argv) {
    int level = atoi(argument(argc, argv, 1)), length = 0;
    unsigned char bytes[64];
    int fd = open_socket(level == IPPROTO_IPV6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

    for (const char* hex = argument(argc, argv, 3); sscanf(hex, "%2hhx", bytes + length) == 1; hex += 2) length++;
    int set = setsockopt(fd, level, atoi(argv[2]), bytes, length);
    if (set < 0 && errno == EINVAL) not_here("the option");
    must(set, "setsockopt");
    struct address to = address_of(argument(argc, argv, 4));
    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    return CROSSED;
}
