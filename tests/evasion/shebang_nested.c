/* shebang_nested FOLDER PROGRAM: a script whose interpreter is a script whose interpreter is the program. */
#include "probe.h"

int main(int argc, char** argv) {
    const char *inner = below(argument(argc, argv, 1), "inner"), *outer = below(argv[1], "outer");
    char text[300];

    snprintf(text, sizeof(text), "#!%s\n", argument(argc, argv, 2));
    write_text(inner, text);
    snprintf(text, sizeof(text), "#!%s\n", inner);
    write_text(outer, text);
    run(outer);
}
