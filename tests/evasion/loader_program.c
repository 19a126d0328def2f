/* loader_program LOADER PROGRAM: ld.so as the program, the refused one as its argument. */
#include "probe.h"

int main(int argc, char** argv) {
    char* arguments[] = {argv[1], (char*)argument(argc, argv, 2), NULL};

    execv(arguments[0], arguments);
    failed("execv");
}
