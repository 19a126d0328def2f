/* shebang FOLDER LINE: a script of this first line. */
#include "probe.h"

int main(int argc, char** argv) {
    const char* script = below(argument(argc, argv, 1), "script");
    char text[300];

    snprintf(text, sizeof(text), "#!%s\n", argument(argc, argv, 2));
    write_text(script, text);
    run(script);
}
