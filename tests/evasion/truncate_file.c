/* truncate_file PATH: to the length that it has. */
#include "probe.h"

int main(int argc, char** argv) {
    struct stat file;

    if (stat(argument(argc, argv, 1), &file) < 0 && errno == ENOENT) not_here(argv[1]);
    must(truncate(argv[1], file.st_size), "truncate");
    return CROSSED;
}
