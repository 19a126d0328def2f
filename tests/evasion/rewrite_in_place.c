/* rewrite_in_place FOLDER: the granted file ran once; then its bytes are changed, its size and times are not. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* granted = below(argument(argc, argv, 1), "pinned");
    struct stat before;

    if (!run_granted(granted)) cannot("run the granted one");
    int fd = open(granted, O_WRONLY);
    must(fd, "open for writing");
    fstat(fd, &before);
    copy_to(below(argv[1], "other"), fd);
    struct timespec times[2] = {before.st_atim, before.st_mtim};
    futimens(fd, times);
    close(fd);
    run(granted);
}
