/* uring_socket FAMILY TYPE PROTOCOL: a socket that no system call named socket made. */
#include "uring.h"

int main(int argc, char** argv) {
    struct ring ring = make_ring(0);
    struct io_uring_sqe request = {.opcode = 45 /* IORING_OP_SOCKET, from 5.19 */,
                                   .fd = atoi(argument(argc, argv, 1)),
                                   .off = atoi(argument(argc, argv, 2)),
                                   .len = atoi(argument(argc, argv, 3))};

    submitted(&ring, &request, "socket by io_uring");
    return CROSSED;
}
