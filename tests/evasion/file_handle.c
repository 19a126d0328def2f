/* file_handle FOLDER: opens a file by its handle, past every folder. */
#include "probe.h"

int main(int argc, char** argv) {
    struct {
        struct file_handle head;
        unsigned char bytes[128];
    } handle = {.head = {.handle_bytes = 128}};
    int mount, folder = open(argument(argc, argv, 1), O_RDONLY | O_DIRECTORY);

    if (folder < 0) cannot("open the folder");
    if (name_to_handle_at(folder, "", &handle.head, &mount, AT_EMPTY_PATH) < 0) not_here("file handles");
    must(open_by_handle_at(folder, &handle.head, O_RDONLY), "open_by_handle_at");
    return CROSSED;
}
