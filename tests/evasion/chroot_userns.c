/* chroot_userns PROGRAM FOLDER: in a root of its own the program has the path of a granted one. */
#include "namespaces.h"

int main(int argc, char** argv) {
    const char* root = argument(argc, argv, 2);

    if (chdir(root) < 0 || mkdir("usr", 0755) < 0 || mkdir("usr/bin", 0755) < 0) cannot("make folders");
    copy_file(argv[1], "usr/bin/true");
    enter_namespaces(CLONE_NEWNS);
    must(chroot(root), "chroot");
    run("/usr/bin/true");
}
