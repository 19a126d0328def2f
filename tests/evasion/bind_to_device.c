/* bind_to_device ENDPOINT DEVICE: past the routes. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(to.family, SOCK_DGRAM, 0);

    must(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, argument(argc, argv, 2), strlen(argv[2])), "SO_BINDTODEVICE");
    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    await_answer(fd);
}
