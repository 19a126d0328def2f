/* exec_plain PROGRAM: the baseline, also for set-id files, scripts and links. */
#include "probe.h"

int main(int argc, char** argv) {
    run(argument(argc, argv, 1));
}
