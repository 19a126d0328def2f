/* fanotify: permission events, which hold other processes up. */
#include <sys/fanotify.h>

#include "probe.h"

int main(int argc, char** argv) {
    (void)argc, (void)argv;
    int fd = fanotify_init(FAN_CLASS_CONTENT, O_RDONLY);
    if (fd < 0 && errno == ENOSYS) not_here("fanotify");
    must(fd, "fanotify_init");
    return CROSSED;
}
