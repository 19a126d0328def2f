/* thread_exec PROGRAM: a second thread executes it. */
#include <pthread.h>

#include "probe.h"

static void* execute(void* program) {
    run(program);
    return NULL;
}

int main(int argc, char** argv) {
    pthread_t thread;

    pthread_create(&thread, NULL, execute, (void*)argument(argc, argv, 1));
    pthread_join(thread, NULL);
    return SOMETHING_ELSE;
}
