/* received HELPER: a connected socket that a helper outside passes over a unix socket. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address helper = address_of(argument(argc, argv, 1));
    int channel = open_socket(AF_UNIX, SOCK_STREAM, 0), fd = -1;
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec bytes = {&byte, 1};
    struct msghdr message = {NULL, 0, &bytes, 1, control, sizeof(control), 0};

    must(try_connect(channel, &helper), "connect to the helper");
    must(recvmsg(channel, &message, 0), "recvmsg");
    struct cmsghdr* passed = CMSG_FIRSTHDR(&message);
    if (!passed || passed->cmsg_type != SCM_RIGHTS) return REFUSED; /* the kernel kept it back: MSG_CTRUNC */
    memcpy(&fd, CMSG_DATA(passed), sizeof(fd));
    if (fd < 0) return REFUSED;
    exchange(fd);
}
