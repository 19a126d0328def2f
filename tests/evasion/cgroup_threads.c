/* cgroup_threads CGROUP ENDPOINT: moves a thread out as far as the kernel lets it; then connects. */
#include "probe.h"

int main(int argc, char** argv) {
    int fd = open(below(argument(argc, argv, 1), "cgroup.threads"), O_WRONLY);

    if (fd < 0 || write(fd, "0", 1) != 1) fprintf(stderr, "the thread stays: %s\n", strerror(errno));
    reach(argument(argc, argv, 2));
}
