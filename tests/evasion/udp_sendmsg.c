/* udp_sendmsg ENDPOINT */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(to.family, SOCK_DGRAM, 0);
    struct iovec bytes = {"probe", 5};
    struct msghdr message = {.msg_name = &to.bytes, .msg_namelen = to.size, .msg_iov = &bytes, .msg_iovlen = 1};

    must(sendmsg(fd, &message, 0), "sendmsg");
    await_answer(fd);
}
