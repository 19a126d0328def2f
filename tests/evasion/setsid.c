/* setsid ENDPOINT: a session of the terminal kind, a process group and a name of its own; then a connect. */
#include "probe.h"

int main(int argc, char** argv) {
    pid_t child = fork();

    if (child == 0) {
        setsid();
        reach(argument(argc, argv, 1));
    }
    end_as(child);
}
