/* enter_root PID: into the root of a process outside, through /proc. */
#include "probe.h"

int main(int argc, char** argv) {
    char path[64];

    snprintf(path, sizeof(path), "/proc/%s/root", argument(argc, argv, 1));
    must(chroot(path), "chroot");
    return CROSSED;
}
