/* listen_unbound 4|6: without a bind; the kernel chooses a port on every address. */
#include "knock.h"

int main(int argc, char** argv) {
    int fd = open_socket(*argument(argc, argv, 1) == '6' ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

    must(listen(fd, 1), "listen");
    await_knock(fd, 1);
}
