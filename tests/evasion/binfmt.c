/* binfmt PROGRAM FOLDER: tells the kernel to run the program for files that begin with PROBE. */
#include "probe.h"

#define SWITCH "/proc/sys/fs/binfmt_misc"

int main(int argc, char** argv) {
    const char* file = below(argument(argc, argv, 2), "binfmt");
    char line[300];
    int fd = open(SWITCH "/register", O_WRONLY);

    if (fd < 0 && errno == ENOENT) not_here("binfmt_misc");
    must(fd, "open register");
    int length = snprintf(line, sizeof(line), ":probe:M::PROBE::%s:F", argument(argc, argv, 1));
    must(write(fd, line, length), "register");
    write_text(file, "PROBE");
    pid_t child = fork();
    if (child == 0) run(file);
    if ((fd = open(SWITCH "/probe", O_WRONLY)) >= 0 && write(fd, "-1", 2) != 2) perror("unregister");
    end_as(child);
}
