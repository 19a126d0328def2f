/* spoofed_name ENDPOINT: calls itself remitd. */
#include <sys/prctl.h>

#include "probe.h"

int main(int argc, char** argv) {
    prctl(PR_SET_NAME, "remitd");
    char* endpoint = strdup(argument(argc, argv, 1));
    memset(argv[0], 0, strlen(argv[0]));
    memcpy(argv[0], "remitd", 6);
    reach(endpoint);
}
