/* unspec_name ENDPOINT: a datagram whose address says AF_UNSPEC where IPv4 is meant. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(AF_INET, SOCK_DGRAM, 0);

    to.bytes.ss_family = AF_UNSPEC;
    must(sendto(fd, "probe", 5, 0, (void*)&to.bytes, to.size), "sendto");
    await_answer(fd);
}
