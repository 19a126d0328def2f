/* exec_arguments PROGRAM ARGUMENT... */
#include "probe.h"

int main(int argc, char** argv) {
    execv(argument(argc, argv, 1), argv + 1);
    failed("execv");
}
