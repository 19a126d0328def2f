/* thread ENDPOINT: a second thread connects. */
#include <pthread.h>

#include "probe.h"

static void* connect_there(void* endpoint) {
    reach(endpoint);
    return NULL;
}

int main(int argc, char** argv) {
    pthread_t thread;

    pthread_create(&thread, NULL, connect_there, (void*)argument(argc, argv, 1));
    pthread_join(thread, NULL);
    return SOMETHING_ELSE;
}
