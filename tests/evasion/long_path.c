/* long_path PROGRAM FOLDER LEVELS: a copy so deep that its path is longer than any buffer. */
#include "probe.h"

int main(int argc, char** argv) {
    char name[101];
    int levels = atoi(argument(argc, argv, 3));

    memset(name, 'x', 100), name[100] = 0;
    if (chdir(argv[2]) < 0) cannot("enter the folder");
    for (int i = 0; i < levels; i++)
        if ((mkdir(name, 0755) < 0 && errno != EEXIST) || chdir(name) < 0) failed("make a folder");
    copy_file(argv[1], "program");
    run("./program");
}
