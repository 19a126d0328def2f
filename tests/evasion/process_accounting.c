/* process_accounting: turns off what is off. */
#include "probe.h"

int main(int argc, char** argv) {
    (void)argc, (void)argv;
    long result = acct(NULL);
    if (result < 0 && errno == ENOSYS) not_here("process accounting");
    must(result, "acct");
    return CROSSED;
}
