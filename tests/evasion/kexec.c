/* kexec: unloads what is not loaded. */
#include "probe.h"

int main(int argc, char** argv) {
    (void)argc, (void)argv;
    long result = syscall(SYS_kexec_load, 0, 0, NULL, 0);
    if (result < 0 && errno == ENOSYS) not_here("kexec");
    must(result, "kexec_load");
    return CROSSED;
}
