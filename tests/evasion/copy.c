/* copy PROGRAM PATH: its bytes under another name. */
#include "probe.h"

int main(int argc, char** argv) {
    copy_file(argument(argc, argv, 1), argument(argc, argv, 2));
    run(argv[2]);
}
