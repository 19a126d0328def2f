/* inherited_udp FD ENDPOINT: an unconnected socket that was made before. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = atoi(argument(argc, argv, 1)), type = 0;
    socklen_t size = sizeof(type);
    struct address to = address_of(argument(argc, argv, 2));

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return REFUSED;
    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    await_answer(fd);
}
