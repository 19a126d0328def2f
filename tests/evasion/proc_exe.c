/* proc_exe PID: what a process outside runs, named through /proc. */
#include "probe.h"

int main(int argc, char** argv) {
    char path[64];

    snprintf(path, sizeof(path), "/proc/%s/exe", argument(argc, argv, 1));
    execl(path, path, "--version", NULL);
    failed("execl");
}
