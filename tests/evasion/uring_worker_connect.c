/* uring_worker_connect ENDPOINT: connect by a kernel worker of io_uring. */
#include "uring.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    struct ring ring = make_ring(0);
    int fd = open_socket(to.family, SOCK_STREAM, 0);

    ring_connect(&ring, fd, &to, IOSQE_ASYNC);
    exchange(fd);
}
