/* dotdot PROGRAM: a path that begins in a granted folder. */
#include "probe.h"

int main(int argc, char** argv) {
    run(below("/usr/bin/../../usr/bin/..///../", argument(argc, argv, 1) + 1));
}
