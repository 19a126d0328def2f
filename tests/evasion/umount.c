/* umount PATH */
#include <sys/mount.h>

#include "probe.h"

int main(int argc, char** argv) {
    must(umount2(argument(argc, argv, 1), MNT_DETACH), "umount");
    return CROSSED;
}
