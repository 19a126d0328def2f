/* namespaces FLAGS ENDPOINT: in namespaces of its own (bits of clone(2)), but for the network's; then a connect. */
#include "namespaces.h"

int main(int argc, char** argv) {
    enter_namespaces(strtoul(argument(argc, argv, 1), NULL, 16));
    pid_t child = fork();
    if (child == 0) reach(argument(argc, argv, 2));
    end_as(child);
}
