/* udp_sendto ENDPOINT: without a connect. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(to.family, SOCK_DGRAM, 0);

    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    await_answer(fd);
}
