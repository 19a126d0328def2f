/* rename_over FOLDER: another file in the place of a granted one. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* granted = below(argument(argc, argv, 1), "pinned");

    must(rename(below(argv[1], "other"), granted), "rename");
    run(granted);
}
