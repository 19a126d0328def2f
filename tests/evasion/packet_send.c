/* packet_send: a whole frame to the loopback device. */
#include "probe.h"

int main(int argc, char** argv) {
    struct sockaddr bytes = {.sa_family = 17 /* AF_PACKET */};
    int fd = socket(17, SOCK_PACKET, htons(0x0800));

    (void)argc, (void)argv;
    must(fd, "socket");
    memcpy(bytes.sa_data, "lo", 3);
    must(sendto(fd, "\0\0\0\0\0\0\0\0\0\0\0\0\x08\0probe", 19, 0, &bytes, sizeof(bytes)), "sendto");
    return CROSSED;
}
