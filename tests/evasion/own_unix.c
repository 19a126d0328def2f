/* own_unix NAME: the same by a unix socket. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address at = address_of(argument(argc, argv, 1));
    int door = open_socket(AF_UNIX, SOCK_STREAM, 0);

    must(bind(door, (void*)&at.bytes, at.size), "bind");
    must(listen(door, 1), "listen");
    pid_t child = fork();
    if (child == 0) {
        int fd = open_socket(AF_UNIX, SOCK_STREAM, 0);
        must(try_connect(fd, &at), "connect");
        exchange(fd);
    }
    struct pollfd ready = {door, POLLIN, 0};
    if (poll(&ready, 1, patience_ms()) <= 0) end_as(child);
    int fd = must(accept(door, NULL, NULL), "accept");
    must(send(fd, "x", 1, 0), "send");
    end_as(child);
}
