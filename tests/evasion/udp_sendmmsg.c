/* udp_sendmmsg ALLOWED REFUSED: one call to several; answers of the second count. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address allowed = address_of(argument(argc, argv, 1)), refused = address_of(argument(argc, argv, 2));
    int fd = open_socket(allowed.family, SOCK_DGRAM, 0);
    struct iovec bytes = {"probe", 5};
    struct mmsghdr messages[2] = {
        {.msg_hdr = {.msg_name = &allowed.bytes, .msg_namelen = allowed.size, .msg_iov = &bytes, .msg_iovlen = 1}},
        {.msg_hdr = {.msg_name = &refused.bytes, .msg_namelen = refused.size, .msg_iov = &bytes, .msg_iovlen = 1}}};

    int sent = must(sendmmsg(fd, messages, 2, 0), "sendmmsg");
    if (sent == 1) return REFUSED;
    for (int i = 0; i < 2; i++) { /* either answer may come first */
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        struct pollfd ready = {fd, POLLIN, 0};
        char byte;
        if (poll(&ready, 1, patience_ms()) <= 0) break;
        if (recvfrom(fd, &byte, 1, 0, (void*)&from, &size) < 0) break;
        if (from.sin_addr.s_addr == ((struct sockaddr_in*)&refused.bytes)->sin_addr.s_addr) return CROSSED;
    }
    return REFUSED;
}
