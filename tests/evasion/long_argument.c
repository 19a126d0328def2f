/* long_argument PROGRAM: 120 KiB of arguments, the most that one may have. */
#include "probe.h"

int main(int argc, char** argv) {
    char* long_one = malloc(120 << 10);
    char *arguments[] = {long_one, long_one, long_one, NULL}, *environment[] = {long_one, NULL};

    memset(long_one, '\n', 120 << 10);
    long_one[(120 << 10) - 1] = 0;
    execve(argument(argc, argv, 1), arguments, environment);
    failed("execve");
}
