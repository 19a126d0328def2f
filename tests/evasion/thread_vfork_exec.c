/* thread_vfork_exec PROGRAM: a second thread starts it by vfork. */
#include <pthread.h>

#include "probe.h"

static void* start(void* program) {
    pid_t child = vfork();

    if (child == 0) {
        execl(program, "probe", NULL);
        _exit(errno == EPERM || errno == EACCES ? REFUSED : SOMETHING_ELSE);
    }
    end_as(child);
    return NULL;
}

int main(int argc, char** argv) {
    pthread_t thread;

    pthread_create(&thread, NULL, start, (void*)argument(argc, argv, 1));
    pthread_join(thread, NULL);
    return SOMETHING_ELSE;
}
