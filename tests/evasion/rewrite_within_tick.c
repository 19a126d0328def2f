/* rewrite_within_tick FOLDER ROUNDS: written, run and written again within one tick of the clock that gives files their times. */
#include "probe.h"

static void overwrite(const char* path, const char* with, size_t size) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    must(fd, "open for writing");
    if (write(fd, with, size) != (ssize_t)size) cannot("write");
    close(fd);
}

static int ends_with(const char* path) {
    int status = 0;
    pid_t child = vfork();

    if (child == 0) {
        execl(path, path, NULL);
        _exit(REFUSED);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) cannot("run it");
    return WIFEXITED(status) ? WEXITSTATUS(status) : REFUSED;
}

int main(int argc, char** argv) {
    const char *granted = below(argument(argc, argv, 1), "pinned"), *other = below(argv[1], "other");
    static char good[1 << 20], bad[1 << 20];
    size_t size = read(open(granted, O_RDONLY | O_CLOEXEC), good, sizeof(good));
    int ran = 0;

    if (read(open(other, O_RDONLY | O_CLOEXEC), bad, sizeof(bad)) != (ssize_t)size) cannot("read both");
    for (int i = atoi(argument(argc, argv, 2)); i > 0; i--) {
        overwrite(granted, good, size);
        ran += ends_with(granted) == BYSTANDER;
        overwrite(granted, bad, size);
        if (ends_with(granted) == 0) return CROSSED;
    }
    fprintf(stderr, "the granted one ran %d times\n", ran);
    return REFUSED;
}
