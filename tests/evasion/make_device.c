/* make_device FOLDER MAJOR MINOR: a node for a block device. */
#include <sys/sysmacros.h>

#include "probe.h"

int main(int argc, char** argv) {
    const char* node = below(argument(argc, argv, 1), "node");

    must(mknod(node, S_IFBLK | 0600, makedev(atoi(argument(argc, argv, 2)), atoi(argument(argc, argv, 3)))), "mknod");
    unlink(node);
    return CROSSED;
}
