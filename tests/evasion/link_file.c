/* link_file PATH NAME: another name for it. */
#include "probe.h"

int main(int argc, char** argv) {
    must(link(argument(argc, argv, 1), argument(argc, argv, 2)), "link");
    unlink(argv[2]);
    return CROSSED;
}
