/* What probes share: how they end, addresses, one exchange with a server, copies of files. Probes only; they know nothing of Remit. */
#ifndef PROBE_H
#define PROBE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CROSSED = 0, REFUSED = 1, COULD_NOT_TRY = 2, SOMETHING_ELSE = 3, NOT_HERE = 77 };

/* The program that stands for the allowed one where two are exchanged ends with this status. */
#define BYSTANDER 7
#define PROBE_UNUSED __attribute__((unused)) static

/* A step before the one that counts failed. */
PROBE_UNUSED _Noreturn void cannot(const char* step) {
    fprintf(stderr, "could not %s: %s\n", step, strerror(errno));
    exit(COULD_NOT_TRY);
}

/* This kernel does not have what the technique uses. */
PROBE_UNUSED _Noreturn void not_here(const char* feature) {
    fprintf(stderr, "no %s here: %s\n", feature, strerror(errno));
    exit(NOT_HERE);
}

/* A step that Remit may refuse, too, failed: EPERM and EACCES are its errnos. */
PROBE_UNUSED _Noreturn void failed(const char* step) {
    fprintf(stderr, "%s: %s\n", step, strerror(errno));
    exit(errno == EPERM || errno == EACCES ? REFUSED : SOMETHING_ELSE);
}

PROBE_UNUSED long must(long result, const char* step) {
    if (result < 0) failed(step);
    return result;
}

PROBE_UNUSED const char* argument(int argc, char** argv, int nth) {
    if (nth < argc) return argv[nth];
    fprintf(stderr, "%s wants %d arguments\n", argv[0], nth);
    exit(COULD_NOT_TRY);
}

/* How long an answer may take; tests under emulation set more. */
PROBE_UNUSED int patience_ms(void) {
    const char* given = getenv("PROBE_PATIENCE_MS");
    return given ? atoi(given) : 1000;
}

struct address {
    struct sockaddr_storage bytes;
    socklen_t size;
    int family;
};

/* 1.2.3.4:5, [::1]:5, /a/path, @abstract */
PROBE_UNUSED struct address address_of(const char* text) {
    struct address out = {0};
    struct sockaddr_in* in = (void*)&out.bytes;
    struct sockaddr_in6* in6 = (void*)&out.bytes;
    struct sockaddr_un* un = (void*)&out.bytes;
    char host[128] = "";
    int port = 0;

    if (sscanf(text, "[%100[^]]]:%d", host, &port) == 2 && inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
        in6->sin6_port = htons(port);
        out.family = AF_INET6, out.size = sizeof(*in6);
    } else if (sscanf(text, "%100[0-9.]:%d", host, &port) == 2 && inet_pton(AF_INET, host, &in->sin_addr) == 1) {
        in->sin_port = htons(port);
        out.family = AF_INET, out.size = sizeof(*in);
    } else {
        size_t length = strlen(text);
        if (length >= sizeof(un->sun_path)) length = sizeof(un->sun_path) - 1;
        memcpy(un->sun_path, text, length);
        out.size = offsetof(struct sockaddr_un, sun_path) + length + (text[0] != '@');
        if (text[0] == '@') un->sun_path[0] = 0;
        out.family = AF_UNIX;
    }
    out.bytes.ss_family = out.family;
    return out;
}

PROBE_UNUSED int open_socket(int family, int type, int protocol) {
    return must(socket(family, type | SOCK_CLOEXEC, protocol), "socket");
}

PROBE_UNUSED int try_connect(int fd, const struct address* to) {
    return connect(fd, (const struct sockaddr*)&to->bytes, to->size);
}

/* Waits for the server's answer: the end of every probe of an endpoint. Silence and a cut connection are refusals by effect; the server
 * counts what reached it all the same. */
PROBE_UNUSED _Noreturn void await_answer(int fd) {
    char byte;
    struct pollfd ready = {fd, POLLIN, 0};

    if (poll(&ready, 1, patience_ms()) <= 0) {
        fprintf(stderr, "no answer\n");
        exit(REFUSED);
    }
    ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
    if (got < 0 && (errno == ECONNABORTED || errno == ECONNRESET || errno == ETIMEDOUT)) exit(REFUSED);
    exit(must(got, "recv") == 1 ? CROSSED : REFUSED);
}

PROBE_UNUSED _Noreturn void exchange(int fd) {
    must(send(fd, "probe", 5, MSG_NOSIGNAL), "send");
    await_answer(fd);
}

/* A whole TCP attempt: the crossing that probes of identity try once they have done their trick. A held connect gets no answer. */
PROBE_UNUSED _Noreturn void reach(const char* endpoint) {
    struct address to = address_of(endpoint);
    int fd = open_socket(to.family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd ready = {fd, POLLOUT, 0};
    int error = 0;
    socklen_t size = sizeof(error);

    if (try_connect(fd, &to) < 0 && errno != EINPROGRESS) failed("connect");
    if (poll(&ready, 1, patience_ms()) <= 0) exit(REFUSED);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    if (error) failed("connect");
    exchange(fd);
}

/* Ends as the child did; one that was killed was refused. */
PROBE_UNUSED _Noreturn void end_as(pid_t child) {
    int status = 0;

    if (child < 0) failed("fork");
    if (waitpid(child, &status, __WALL) != child) cannot("wait for the child");
    if (WIFSIGNALED(status)) exit(WTERMSIG(status) == SIGKILL ? REFUSED : SOMETHING_ELSE);
    exit(WEXITSTATUS(status));
}

PROBE_UNUSED _Noreturn void run(const char* path) {
    char* arguments[] = {(char*)path, NULL};
    char* environment[] = {NULL};

    execve(path, arguments, environment);
    failed("execve");
}

PROBE_UNUSED _Noreturn void run_fd(int fd) {
    char* arguments[] = {"probe", NULL};
    char* environment[] = {NULL};

    syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
    failed("execveat");
}

/* Runs the granted file until it passes: where an exec cannot be held, the first of a new file is refused while it is judged. */
PROBE_UNUSED int run_granted(const char* path) {
    for (int tries = 0; tries < 20; tries++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) run(path);
        if (child < 0 || waitpid(child, &status, 0) != child) cannot("run it");
        if (WIFEXITED(status) && WEXITSTATUS(status) == BYSTANDER) return 1;
        poll(NULL, 0, 50);
    }
    return 0;
}

PROBE_UNUSED void copy_to(const char* from, int to) {
    char buffer[65536];
    ssize_t got;
    int fd = open(from, O_RDONLY | O_CLOEXEC);

    if (fd < 0) cannot("open the program to copy");
    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        if (write(to, buffer, got) != got) cannot("copy");
    close(fd);
}

PROBE_UNUSED void copy_file(const char* from, const char* to) {
    int fd = open(to, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0755);

    if (fd < 0) cannot("make a copy");
    copy_to(from, fd);
    close(fd);
}

PROBE_UNUSED const char* below(const char* folder, const char* name) {
    char* path;

    if (asprintf(&path, "%s/%s", folder, name) < 0) cannot("name a file");
    return path;
}

PROBE_UNUSED void write_text(const char* path, const char* text) {
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0755);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) cannot("write a file");
    close(fd);
}

#endif
