/* move_mount PATH FOLDER: moves a mount elsewhere. */
#include <sys/mount.h>

#include "probe.h"

int main(int argc, char** argv) {
    must(mount(argument(argc, argv, 1), argument(argc, argv, 2), NULL, MS_MOVE, NULL), "mount");
    must(mount(argv[2], argv[1], NULL, MS_MOVE, NULL), "mount back");
    return CROSSED;
}
