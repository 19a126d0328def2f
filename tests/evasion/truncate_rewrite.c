/* truncate_rewrite FOLDER: a granted file is emptied and written anew. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* granted = below(argument(argc, argv, 1), "pinned");
    int fd = open(granted, O_WRONLY | O_TRUNC);

    must(fd, "open for writing");
    copy_to(below(argv[1], "other"), fd);
    close(fd);
    run(granted);
}
