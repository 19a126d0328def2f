/* raw_udp ENDPOINT: a UDP packet made by hand on a raw socket. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    struct sockaddr_in* in = (void*)&to.bytes;
    int fd = must(socket(AF_INET, SOCK_RAW, IPPROTO_UDP), "socket"), answers = open_socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(own);
    unsigned short packet[7] = {0, in->sin_port, htons(13), 0};

    if (bind(answers, (void*)&own, size) < 0 || getsockname(answers, (void*)&own, &size) < 0) cannot("bind");
    packet[0] = own.sin_port;
    memcpy(packet + 4, "probe", 5);
    in->sin_port = 0;
    must(bind(fd, (void*)&(struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, sizeof(own)), "bind");
    must(sendto(fd, packet, 13, 0, (void*)&to.bytes, to.size), "sendto");
    await_answer(answers);
}
