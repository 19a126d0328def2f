/* family FAMILY TYPE PROTOCOL: a socket of a kind that no hook of an endpoint judges. To have it is to have crossed. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = socket(atoi(argument(argc, argv, 1)), atoi(argument(argc, argv, 2)), atoi(argument(argc, argv, 3)));

    if (fd < 0 && (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == EINVAL))
        not_here("the family");
    must(fd, "socket");
    return CROSSED;
}
