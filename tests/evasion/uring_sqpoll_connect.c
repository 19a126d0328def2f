/* uring_sqpoll_connect ENDPOINT: connect by the kernel thread that polls the queue. */
#include "uring.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    struct ring ring = make_ring(IORING_SETUP_SQPOLL);
    int fd = open_socket(to.family, SOCK_STREAM, 0);

    ring_connect(&ring, fd, &to, 0);
    exchange(fd);
}
