/* fastopen_sendto ENDPOINT [PROTOCOL]: the data travels with the SYN, and there is no connect. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = socket(to.family, SOCK_STREAM, argc > 2 ? atoi(argv[2]) : 0);

    if (fd < 0 && errno == EPROTONOSUPPORT) not_here("MPTCP");
    must(fd, "socket");
    ssize_t sent = sendto(fd, "probe", 5, MSG_FASTOPEN | MSG_NOSIGNAL | MSG_DONTWAIT, (void*)&to.bytes, to.size);
    if (sent < 0 && errno == EOPNOTSUPP) not_here("fast open");
    if (sent < 0 && errno != EINPROGRESS) failed("sendto");
    struct pollfd ready = {fd, POLLOUT, 0};
    if (poll(&ready, 1, patience_ms()) <= 0) return REFUSED;
    if (sent == 5) await_answer(fd);
    exchange(fd);
}
