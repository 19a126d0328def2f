/* mount_over PATH: hides it below another file system, and takes that away. */
#include <sys/mount.h>

#include "probe.h"

int main(int argc, char** argv) {
    must(mount("none", argument(argc, argv, 1), "tmpfs", 0, NULL), "mount");
    umount(argv[1]);
    return CROSSED;
}
