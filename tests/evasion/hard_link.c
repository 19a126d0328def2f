/* hard_link FOLDER: another name for the same file, in place of the granted one. */
#include "probe.h"

int main(int argc, char** argv) {
    const char *own = below(argument(argc, argv, 1), "other"), *granted = below(argv[1], "pinned");

    if (unlink(granted) < 0) cannot("remove the granted one");
    must(link(own, granted), "link");
    run(granted);
}
