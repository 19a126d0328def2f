/* shebang_fexecve FOLDER PROGRAM: a script by its descriptor. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* script = below(argument(argc, argv, 1), "script");
    char text[300];

    snprintf(text, sizeof(text), "#!%s\n", argument(argc, argv, 2));
    write_text(script, text);
    run_fd(open(script, O_RDONLY));
}
