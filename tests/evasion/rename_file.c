/* rename_file PATH: away and back. */
#include "probe.h"

int main(int argc, char** argv) {
    char other[300];

    snprintf(other, sizeof(other), "%s~", argument(argc, argv, 1));
    must(rename(argv[1], other), "rename");
    must(rename(other, argv[1]), "rename back");
    return CROSSED;
}
