/* remove_file PATH: a file or an empty folder. */
#include "probe.h"

int main(int argc, char** argv) {
    if (unlink(argument(argc, argv, 1)) < 0 && errno != EISDIR) failed("unlink");
    if (errno == EISDIR) must(rmdir(argv[1]), "rmdir");
    return CROSSED;
}
