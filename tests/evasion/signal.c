/* signal PID NUMBER */
#include "probe.h"

int main(int argc, char** argv) {
    must(kill(atoi(argument(argc, argv, 1)), atoi(argument(argc, argv, 2))), "kill");
    return CROSSED;
}
