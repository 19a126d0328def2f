/* fastopen_connect ENDPOINT: connect only notes the address, the first write sends the SYN. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(to.family, SOCK_STREAM, 0), yes = 1;

    if (setsockopt(fd, IPPROTO_TCP, 30 /* TCP_FASTOPEN_CONNECT */, &yes, sizeof(yes)) < 0) not_here("TCP_FASTOPEN_CONNECT");
    must(try_connect(fd, &to), "connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (send(fd, "probe", 5, MSG_NOSIGNAL) < 0 && errno != EINPROGRESS && errno != EAGAIN) failed("send");
    struct pollfd ready = {fd, POLLOUT, 0};
    if (poll(&ready, 1, patience_ms()) <= 0) return REFUSED;
    exchange(fd);
}
