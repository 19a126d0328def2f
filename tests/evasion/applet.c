/* applet GRANTED FOLDER: a granted multi-call program under another name. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* name = below(argument(argc, argv, 2), "true");

    must(symlink(argv[1], name), "symlink");
    run(name);
}
