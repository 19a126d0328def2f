/* fork_storm ENDPOINT COUNT: each child connects with its first instructions; so many that numbers of ended ones come again. */
#include "probe.h"

int main(int argc, char** argv) {
    struct address to = address_of(argument(argc, argv, 1));

    for (int i = atoi(argument(argc, argv, 2)); i > 0; i--) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) {
            int fd = socket(to.family, SOCK_DGRAM, 0);
            _exit(fd < 0 || try_connect(fd, &to) < 0 ? (errno == EPERM || errno == EACCES ? REFUSED : SOMETHING_ELSE) : CROSSED);
        }
        if (child < 0 || waitpid(child, &status, 0) != child) cannot("fork");
        if (!WIFEXITED(status) || WEXITSTATUS(status) != REFUSED) return WIFEXITED(status) ? WEXITSTATUS(status) : SOMETHING_ELSE;
    }
    return REFUSED;
}
