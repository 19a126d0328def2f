/* source_route_message ALLOWED REFUSED: one datagram with a loose source route over the other address. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1)), by = address_of(argument(argc, argv, 2));
    unsigned char route[8] = {131 /* LSRR */, 7, 4};
    char control[CMSG_SPACE(sizeof(route))] = {0};
    struct iovec bytes = {"probe", 5};
    struct msghdr message = {&to.bytes, to.size, &bytes, 1, control, sizeof(control), 0};
    struct cmsghdr* option = CMSG_FIRSTHDR(&message);

    memcpy(route + 3, &((struct sockaddr_in*)&by.bytes)->sin_addr, 4);
    option->cmsg_level = IPPROTO_IP, option->cmsg_type = IP_RETOPTS, option->cmsg_len = CMSG_LEN(sizeof(route));
    memcpy(CMSG_DATA(option), route, sizeof(route));
    must(sendmsg(open_socket(AF_INET, SOCK_DGRAM, 0), &message, 0), "sendmsg");
    return CROSSED;
}
