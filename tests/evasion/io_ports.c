/* io_ports: the ports of the hardware. */
#include <sys/io.h>

#include "probe.h"

int main(int argc, char** argv) {
    (void)argc, (void)argv;
    if (ioperm(0x80, 1, 1) < 0 && errno == ENOSYS) not_here("ioperm");
    must(ioperm(0x80, 1, 1), "ioperm");
    return CROSSED;
}
