/* socket_option LEVEL OPTION VALUE: one that needs a capability: IP_TRANSPARENT, TCP_REPAIR, SO_MARK. */
#include "probe.h"

int main(int argc, char** argv) {
    int level = atoi(argument(argc, argv, 1)), value = atoi(argument(argc, argv, 3));
    int fd = open_socket(AF_INET, SOCK_STREAM, 0);

    must(setsockopt(fd, level, atoi(argv[2]), &value, sizeof(value)), "setsockopt");
    return CROSSED;
}
