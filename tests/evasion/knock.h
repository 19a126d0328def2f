/* For probes that wait to be reached: the runner knocks from outside at the port that they print. */
#ifndef KNOCK_H
#define KNOCK_H

#include "probe.h"

/* Tells the outside where to knock, and waits. */
PROBE_UNUSED _Noreturn void await_knock(int fd, int accepts) {
    struct sockaddr_storage own;
    socklen_t size = sizeof(own);
    struct pollfd ready = {fd, POLLIN, 0};

    getsockname(fd, (void*)&own, &size);
    printf("PORT %d\n", ntohs(((struct sockaddr_in*)&own)->sin_port)); /* where IPv6 has it, too */
    fflush(stdout);
    if (poll(&ready, 1, patience_ms()) <= 0) exit(REFUSED);
    char byte;
    if (accepts) fd = must(accept(fd, NULL, NULL), "accept");
    ready.fd = fd;
    if (poll(&ready, 1, patience_ms()) <= 0) exit(REFUSED);
    exit(recv(fd, &byte, 1, 0) == 1 ? CROSSED : REFUSED);
}

#endif
