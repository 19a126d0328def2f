/* exchange_loop FOLDER: a thread exchanges the granted file with another all the while the granted name is executed. */
#include <pthread.h>

#include "probe.h"

static const char *granted, *other;

static void* exchange_for_ever(void* unused) {
    for (;;) syscall(SYS_renameat2, AT_FDCWD, granted, AT_FDCWD, other, 2 /* RENAME_EXCHANGE */);
    return unused;
}

int main(int argc, char** argv) {
    pthread_t thread;
    int rounds = atoi(argument(argc, argv, 2)), status = 0, ran = 0;

    granted = below(argv[1], "pinned"), other = below(argv[1], "other");
    pthread_create(&thread, NULL, exchange_for_ever, NULL);
    for (int i = 0; i < rounds; i++) {
        pid_t child = fork();
        if (child == 0) run(granted);
        if (child < 0 || waitpid(child, &status, 0) != child) cannot("run it");
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return CROSSED;
        ran += WIFEXITED(status) && WEXITSTATUS(status) == BYSTANDER;
    }
    fprintf(stderr, "the granted one ran %d times\n", ran);
    return REFUSED;
}
