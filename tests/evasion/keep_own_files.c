/* keep_own_files FOLDER: what a session may do to its own files, and what Remit's guards must leave alone. */
#include "probe.h"

int main(int argc, char** argv) {
    const char *first = below(argument(argc, argv, 1), "first"), *second = below(argv[1], "second");

    write_text(first, "x");
    must(rename(first, second), "rename");
    must(link(second, first), "link");
    must(truncate(first, 0), "truncate");
    must(chmod(first, 0600), "chmod");
    must(unlink(first), "unlink");
    must(unlink(second), "unlink");
    must(kill(getpid(), 0), "kill");
    return CROSSED;
}
