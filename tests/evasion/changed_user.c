/* changed_user UID ENDPOINT: becomes another user; then connects. */
#include "probe.h"

int main(int argc, char** argv) {
    must(setresuid(atoi(argument(argc, argv, 1)), atoi(argv[1]), atoi(argv[1])), "setresuid");
    reach(argument(argc, argv, 2));
}
