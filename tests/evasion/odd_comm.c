/* odd_comm ENDPOINT: the thread's name holds a line feed and an escape. */
#include <sys/prctl.h>

#include "probe.h"

int main(int argc, char** argv) {
    prctl(PR_SET_NAME, "x\n{\"v\":1}\x1b[2J\xff");
    reach(argument(argc, argv, 1));
}
