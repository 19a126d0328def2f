/* inherited FD: a socket that was connected before, by somebody else. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = atoi(argument(argc, argv, 1)), type = 0;
    socklen_t size = sizeof(type);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return REFUSED; /* closed or replaced */
    exchange(fd);
}
