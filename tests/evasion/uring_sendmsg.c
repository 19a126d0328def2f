/* uring_sendmsg ENDPOINT [sqpoll]: a datagram by io_uring. */
#include "uring.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    struct ring ring = make_ring(argc > 2 ? IORING_SETUP_SQPOLL : 0);
    int fd = open_socket(to.family, SOCK_DGRAM, 0);
    struct iovec bytes = {"probe", 5};
    struct msghdr message = {.msg_name = &to.bytes, .msg_namelen = to.size, .msg_iov = &bytes, .msg_iovlen = 1};
    struct io_uring_sqe request = {.opcode = IORING_OP_SENDMSG, .fd = fd, .addr = (unsigned long)&message, .len = 1};

    submitted(&ring, &request, "sendmsg by io_uring");
    await_answer(fd);
}
