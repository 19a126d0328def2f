/* clone_into_cgroup CGROUP ENDPOINT: born in a cgroup outside. */
#include "probe.h"

int main(int argc, char** argv) {
    struct clone_args {
        unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
    } wanted = {.flags = 0x200000000ULL /* CLONE_INTO_CGROUP */, .exit_signal = SIGCHLD};

    wanted.cgroup = open(argument(argc, argv, 1), O_PATH | O_DIRECTORY);
    pid_t child = syscall(435 /* clone3 */, &wanted, sizeof(wanted));
    if (child < 0 && errno == ENOSYS) exit(REFUSED); /* a filter says that there is no such call, so that libc falls back to clone */
    must(child, "clone3");
    if (child == 0) reach(argument(argc, argv, 2));
    end_as(child);
}
