/* routing_header_message ALLOWED REFUSED: one datagram to the allowed address by way of the other. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1)), by = address_of(argument(argc, argv, 2));
    unsigned char header[24] = {0, 2, 2, 1}; /* type 2, one segment left */
    char control[CMSG_SPACE(sizeof(header))] = {0};
    struct iovec bytes = {"probe", 5};
    struct msghdr message = {&to.bytes, to.size, &bytes, 1, control, sizeof(control), 0};
    struct cmsghdr* option = CMSG_FIRSTHDR(&message);

    memcpy(header + 8, &((struct sockaddr_in6*)&by.bytes)->sin6_addr, 16);
    option->cmsg_level = IPPROTO_IPV6, option->cmsg_type = IPV6_RTHDR, option->cmsg_len = CMSG_LEN(sizeof(header));
    memcpy(CMSG_DATA(option), header, sizeof(header));
    ssize_t sent = sendmsg(open_socket(AF_INET6, SOCK_DGRAM, 0), &message, 0);
    if (sent < 0 && errno == EINVAL) not_here("routing header");
    must(sent, "sendmsg");
    return CROSSED;
}
