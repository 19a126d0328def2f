// Wiring of the command line `remit`.
#include <fcntl.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "cli/app.h"

namespace {

// A descriptor that we open must never become somebody's standard stream.
void fill_standard_streams() {
    while (true) {
        int fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0 || fd > 2) {
            if (fd > 2) ::close(fd);
            return;
        }
        ::fcntl(fd, F_SETFD, 0);
    }
}

bool wants_colour(int fd) {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return ::isatty(fd) && !(no_colour && *no_colour) && terminal && std::string(terminal) != "dumb";
}

}  // namespace

int main(int argc, char** argv) {
    fill_standard_streams();
    remit::cli::Cli cli{std::cout, std::cerr};
    cli.colour = wants_colour(STDOUT_FILENO);
    cli.err_colour = wants_colour(STDERR_FILENO);
    return remit::cli::run_app(cli, std::vector<std::string>(argv + 1, argv + argc));
}
