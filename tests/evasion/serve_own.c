/* serve_own ADDRESS:PORT: serves until its input ends; the listener of another session. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address at = address_of(argument(argc, argv, 1));
    int door = open_socket(at.family, SOCK_STREAM, 0);
    int yes = 1;
    struct pollfd wait[2] = {{door, POLLIN, 0}, {0, POLLIN, 0}};

    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    must(bind(door, (void*)&at.bytes, at.size), "bind");
    must(listen(door, 8), "listen");
    puts("ready");
    fflush(stdout);
    while (poll(wait, 2, -1) > 0 && !wait[1].revents) {
        int fd = accept(door, NULL, NULL);
        if (fd >= 0 && send(fd, "x", 1, MSG_NOSIGNAL) == 1) shutdown(fd, SHUT_WR);
    }
    return CROSSED;
}
