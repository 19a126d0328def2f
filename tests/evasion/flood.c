/* flood COUNT ENDPOINT: so many refused destinations; then the one that matters. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = open_socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};

    for (int i = atoi(argument(argc, argv, 1)); i > 0; i--) {
        to.sin_addr.s_addr = htonl(0x7f500000 + i); /* 127.80.0.0 and on */
        sendto(fd, "x", 1, MSG_DONTWAIT, (void*)&to, sizeof(to));
    }
    reach(argument(argc, argv, 2));
}
