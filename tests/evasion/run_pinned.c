/* run_pinned PROGRAM: the granted content, which ends with BYSTANDER. */
#include "probe.h"

int main(int argc, char** argv) {
    return run_granted(argument(argc, argv, 1)) ? CROSSED : REFUSED;
}
