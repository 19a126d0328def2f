#include "policy/source.h"

#include <filesystem>

#include "base/digest.h"
#include "policy/parse.h"

namespace remit::policy {
namespace {

// check parses again, with all errors and positions; that takes most of its time, and is not wanted here.
std::vector<std::string> imports_of(const std::string& bytes) {
    if (bytes.find("import") == std::string::npos) return {};
    const Parsed parsed = parse(bytes);
    return {parsed.policy.import().begin(), parsed.policy.import().end()};
}

// Deeper chains of imports are not followed; check names the same bound.
void read_imports(Source& source, size_t importing, const Reader& reader) {
    for (const std::string& import : imports_of(source.files[importing].bytes)) {
        const std::string name = import_name(source.files[importing].name, import);
        if (name.empty() || source.index_of(name) >= 0 || source.files.size() >= kMaxFiles) continue;
        Result<std::string> bytes = reader(source.folder + name);
        if (!bytes) {
            source.unreadable.push_back({name, bytes.error().message});
            continue;
        }
        source.files.push_back({name, std::move(*bytes)});
        read_imports(source, source.files.size() - 1, reader);
    }
}

void append_with_length(std::string& out, std::string_view bytes) {
    const uint64_t length = bytes.size();
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift);
    out += bytes;
}

}  // namespace

int Source::index_of(std::string_view name) const {
    for (size_t i = 0; i < files.size(); i++)
        if (files[i].name == name) return static_cast<int>(i);
    return -1;
}

Result<Source> read_source(const std::string& path, const Reader& reader) {
    Result<std::string> bytes = reader(path);
    if (!bytes) return std::move(bytes).error();
    Source source;
    const size_t slash = path.rfind('/');
    source.folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
    source.files.push_back({path.substr(source.folder.size()), std::move(*bytes)});
    read_imports(source, 0, reader);
    return source;
}

std::string identity(const Source& source) {
    std::string all;
    for (const SourceFile& file : source.files) {
        append_with_length(all, file.name);
        append_with_length(all, file.bytes);
    }
    return hex(sha256(all));
}

std::string import_name(std::string_view importing, std::string_view import) {
    if (import.empty() || import.front() == '/' || import.back() == '/') return "";
    const std::filesystem::path folder = std::filesystem::path(importing).parent_path();
    return (folder / std::filesystem::path(import)).lexically_normal().string();
}

}  // namespace remit::policy
