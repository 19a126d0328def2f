/* listen_bound ADDRESS:0: an open door. */
#include "knock.h"

int main(int argc, char** argv) {
    struct address at = address_of(argument(argc, argv, 1));
    int fd = open_socket(at.family, SOCK_STREAM, 0);

    must(bind(fd, (void*)&at.bytes, at.size), "bind");
    must(listen(fd, 1), "listen");
    await_knock(fd, 1);
}
