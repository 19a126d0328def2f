/* unix_sendto NAME: a datagram without a connect. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));

    must(sendto(open_socket(AF_UNIX, SOCK_DGRAM, 0), "probe", 5, MSG_NOSIGNAL, (void*)&to.bytes, to.size), "sendto");
    return CROSSED;
}
