/* load_module: bytes that are none; a kernel that looks at them would have taken others. */
#include "probe.h"

int main(int argc, char** argv) {
    (void)argc, (void)argv;
    if (syscall(SYS_init_module, "no module", 9, "") < 0 && errno == ENOSYS) not_here("modules");
    if (errno == ENOEXEC) return CROSSED;
    failed("init_module");
}
