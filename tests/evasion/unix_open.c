/* unix_open NAME: a stream is connected; nothing is said. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));

    must(try_connect(open_socket(AF_UNIX, SOCK_STREAM, 0), &to), "connect");
    return CROSSED;
}
