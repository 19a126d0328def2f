/* kernel_log: clears what is shown of it. */
#include <sys/klog.h>

#include "probe.h"

int main(int argc, char** argv) {
    (void)argc, (void)argv;
    must(klogctl(5 /* SYSLOG_ACTION_CLEAR */, NULL, 0), "syslog");
    return CROSSED;
}
