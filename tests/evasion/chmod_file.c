/* chmod_file PATH: to the mode that it has. */
#include "probe.h"

int main(int argc, char** argv) {
    struct stat file;

    if (stat(argument(argc, argv, 1), &file) < 0) cannot("stat");
    must(chmod(argv[1], file.st_mode & 07777), "chmod");
    return CROSSED;
}
