/* rename_exchange FOLDER: the granted file and another change places. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* granted = below(argument(argc, argv, 1), "pinned");

    must(syscall(SYS_renameat2, AT_FDCWD, granted, AT_FDCWD, below(argv[1], "other"), 2 /* RENAME_EXCHANGE */), "renameat2");
    run(granted);
}
