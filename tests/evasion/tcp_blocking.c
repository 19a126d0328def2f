/* tcp_blocking ENDPOINT: a connect that waits. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = open_socket(to.family, SOCK_STREAM, 0);
    struct timeval limit = {patience_ms() / 1000, patience_ms() % 1000 * 1000};

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (try_connect(fd, &to) < 0) {
        if (errno == EINPROGRESS || errno == ETIMEDOUT) exit(REFUSED); /* held */
        failed("connect");
    }
    exchange(fd);
}
