/* flood_programs COUNT PROGRAM FOLDER: so many names of a refused program; then the one that matters. */
#include "probe.h"

int main(int argc, char** argv) {
    for (int i = atoi(argument(argc, argv, 1)); i > 0; i--) {
        char path[300];
        snprintf(path, sizeof(path), "%s/n%d", argument(argc, argv, 3), i);
        if (symlink(argument(argc, argv, 2), path) < 0) cannot("symlink");
        pid_t child = vfork();
        if (child == 0) {
            execl(path, path, NULL);
            _exit(REFUSED);
        }
        waitpid(child, NULL, 0);
    }
    run(argv[2]);
}
