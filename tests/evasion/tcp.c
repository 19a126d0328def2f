/* tcp ENDPOINT: the baseline, in every spelling of an address. */
#include "probe.h"

int main(int argc, char** argv) {
    reach(argument(argc, argv, 1));
}
