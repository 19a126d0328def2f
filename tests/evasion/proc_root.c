/* proc_root PROGRAM: the path through /proc/self/root. */
#include "probe.h"

int main(int argc, char** argv) {
    run(below("/proc/self/root", argument(argc, argv, 1) + 1));
}
