/* smc ENDPOINT: a family of its own that speaks TCP below. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));
    int fd = socket(43 /* AF_SMC */, SOCK_STREAM, 0);

    if (fd < 0 && (errno == EAFNOSUPPORT || errno == ESOCKTNOSUPPORT)) not_here("SMC");
    must(fd, "socket");
    must(try_connect(fd, &to), "connect");
    exchange(fd);
}
