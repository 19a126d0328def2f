/* bind_mount PROGRAM GRANTED: in a user namespace, the program is mounted over a granted path. */
#include "namespaces.h"

int main(int argc, char** argv) {
    enter_namespaces(CLONE_NEWNS);
    must(mount(argument(argc, argv, 1), argument(argc, argv, 2), NULL, MS_BIND, NULL), "mount");
    run(argv[2]);
}
