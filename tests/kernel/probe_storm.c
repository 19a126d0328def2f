/* storm FOLDER FIRST COUNT PROGRAM: makes cgroups FOLDER/coding-N.scope and runs PROGRAM in each at once, by turns cloned into it and moved
 * into it by itself. Prints how many ran to their end with status 0 and how many did not; 2: it could not try. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void give_up(const char* what) {
    perror(what);
    exit(2);
}

static void run(const char* program) {
    dup2(open("/dev/null", O_WRONLY), 1);
    execl(program, program, (char*)NULL);
    _exit(126);
}

static pid_t start_inside(const char* folder, const char* program) {
    struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
    int cgroup = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long pid;

    if (cgroup < 0) give_up("open");
    args.cgroup = cgroup;
    pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0) run(program);
    close(cgroup);
    return pid;
}

static pid_t start_and_move(const char* folder, const char* program) {
    char procs[4096];
    pid_t pid = fork();

    if (pid) return pid;
    snprintf(procs, sizeof(procs), "%s/cgroup.procs", folder);
    int fd = open(procs, O_WRONLY);
    if (fd < 0 || write(fd, "0", 1) != 1) _exit(2);
    close(fd);
    run(program);
    return 0;
}

int main(int argc, char** argv) {
    int first = argc == 5 ? atoi(argv[2]) : 0, count = argc == 5 ? atoi(argv[3]) : 0, ran = 0, refused = 0, status;

    for (int i = first; i < first + count; i++) {
        char folder[4000];

        snprintf(folder, sizeof(folder), "%s/coding-%d.scope", argv[1], i);
        if (mkdir(folder, 0755)) give_up("mkdir");
        if ((i % 2 ? start_and_move : start_inside)(folder, argv[4]) < 0) give_up("start");
    }
    while (wait(&status) > 0) {
        if (WIFEXITED(status) && WEXITSTATUS(status) == 2) give_up("move");
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            ran++;
        else
            refused++;
    }
    printf("%d %d\n", ran, refused);
    return count > 0 ? 0 : 2;
}
