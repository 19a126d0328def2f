/* overlay_userns PROGRAM FOLDER: an overlay over /usr/bin, in which a granted program is changed. */
#include "namespaces.h"

int main(int argc, char** argv) {
    char options[600];

    if (chdir(argument(argc, argv, 2)) < 0 || mkdir("upper", 0755) < 0 || mkdir("work", 0755) < 0) cannot("make folders");
    snprintf(options, sizeof(options), "lowerdir=/usr/bin,upperdir=%s/upper,workdir=%s/work", argv[2], argv[2]);
    copy_file(argv[1], "upper/true");
    enter_namespaces(CLONE_NEWNS);
    if (mount("overlay", "/usr/bin", "overlay", 0, options) < 0) {
        if (errno == ENODEV || errno == EINVAL) not_here("overlay for users");
        failed("mount");
    }
    run("/usr/bin/true");
}
