// Small files as a whole: read with a bound, replaced so that a crash leaves the old or the new one. Usable everywhere.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remit {

// Everything in a regular file or pseudo-file; refused when it holds more than max_bytes.
Result<std::string> read_file(const std::string& path, size_t max_bytes);

// All of `bytes`, over short writes and interruptions.
Result<void> write_all(int fd, std::string_view bytes, std::string_view path);

// Writes a temporary file beside `path`, syncs it, renames it over `path` and syncs the folder.
Result<void> write_file_atomically(const std::string& path, std::string_view bytes, mode_t mode = 0640);

// The same without waiting for the disk, which has it some seconds later: for what is of no use after a power cut. Then the file may be
// empty.
Result<void> replace_file(const std::string& path, std::string_view bytes, mode_t mode = 0640);

// Makes `path` and what is missing above it; folders that exist keep their mode.
Result<void> make_folders(const std::string& path, mode_t mode = 0755);

// Makes the names in a folder durable.
Result<void> sync_folder(const std::string& path);

}  // namespace remit
