/* symlink PROGRAM FOLDER: the granted name leads to the refused program. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* granted = below(argument(argc, argv, 2), "pinned");

    if (unlink(granted) < 0) cannot("remove the granted one");
    must(symlink(argv[1], granted), "symlink");
    run(granted);
}
