/* odd_name PROGRAM FOLDER HEX: a copy with this name. */
#include "probe.h"

int main(int argc, char** argv) {
    char name[300], path[600];
    int length = 0;

    for (const char* hex = argument(argc, argv, 3); sscanf(hex, "%2hhx", (unsigned char*)name + length) == 1; hex += 2) length++;
    name[length] = 0;
    snprintf(path, sizeof(path), "%s/%s", argv[2], name);
    copy_file(argv[1], path);
    run(path);
}
