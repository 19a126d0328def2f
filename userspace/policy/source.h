// The bytes of a policy: its file and its imports, in order; what its identity is taken over. No I/O: the caller brings a reader.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remit::policy {

struct SourceFile {
    std::string name;  // the main file's own name; imports relative to its folder ("tools/shell.textproto")
    std::string bytes;
};

struct Source {
    struct Unreadable {
        std::string name;
        std::string reason;
    };

    std::vector<SourceFile> files;       // main first, then imports in the order in which they are first met, depth first
    std::vector<Unreadable> unreadable;  // imports that the reader refused: check reports them where they are imported
    std::string folder;                  // put before names that are shown ("policies/"); no part of the identity

    // Index of a file by name, or -1.
    int index_of(std::string_view name) const;
    std::string shown(size_t file) const { return folder + files[file].name; }
};

// Reads the file of a path; the error's message says why not.
using Reader = std::function<Result<std::string>(const std::string& path)>;

// The main file at path (folder and name) and everything that it imports. Fails only when the main file cannot be read; what is wrong
// with imports is check's to say.
Result<Source> read_source(const std::string& path, const Reader& reader);

// SHA-256 over every file's name and bytes, each with its length (8 bytes, big endian) in front; 64 hex digits.
std::string identity(const Source& source);

// The name of an import of a file, relative to the main file's folder and without "." and ".."; empty when it is absolute or empty.
std::string import_name(std::string_view importing, std::string_view import);

}  // namespace remit::policy
