/* reboot_switch: turns Ctrl-Alt-Del off, as it is. */
#include <sys/reboot.h>

#include "probe.h"

int main(int argc, char** argv) {
    (void)argc, (void)argv;
    must(reboot(RB_DISABLE_CAD), "reboot");
    return CROSSED;
}
