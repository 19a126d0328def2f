/* tmpfs_over PROGRAM FOLDER GRANTED: in a user namespace, a new file system lies over the folder of a granted program. */
#include "namespaces.h"

int main(int argc, char** argv) {
    int fd = open(argument(argc, argv, 1), O_RDONLY), to;
    char buffer[65536];

    enter_namespaces(CLONE_NEWNS);
    must(mount("none", argument(argc, argv, 2), "tmpfs", 0, "mode=755"), "mount");
    ssize_t got = read(fd, buffer, sizeof(buffer));
    to = open(argument(argc, argv, 3), O_CREAT | O_WRONLY, 0755);
    if (to < 0 || write(to, buffer, got) != got) cannot("copy");
    close(to);
    run(argv[3]);
}
