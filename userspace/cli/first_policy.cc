#include "cli/first_policy.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace remit::cli {
namespace {

// Of the profile what makes it another policy; of tool files how they are imported.
bool is_left_out(std::string_view line) {
    return line.starts_with("import:") || line.starts_with("# Import it with:");
}

std::string lines_of(std::string_view text, const std::string& name) {
    std::string out;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size() - 1);
        const std::string_view line = text.substr(0, end + 1);
        text.remove_prefix(end + 1);
        if (line.starts_with("name:"))
            out += "name: \"" + name + "\"\n";
        else if (!is_left_out(line))
            out += line;
    }
    return out;
}

}  // namespace

std::string first_policy(const policy::Source& profile, const std::string& name) {
    std::string out;
    for (const policy::SourceFile& file : profile.files) {
        if (!out.empty()) out += "\n# --- " + file.name + "\n";
        out += lines_of(file.bytes, name);
    }
    return out;
}

std::string with_build_tool(std::string text, const std::string& folder) {
    return std::move(text) +
           "\n# What the session builds here it may run, and so anything: give it no network that code of its own must not have.\n" +
           "tool { name: \"build\"  about: \"programs made in this directory\"  writable: true\n  program { path: \"" + folder +
           "/**\" } }\ngrant { tool: \"build\" }\n";
}

std::string policy_name_for(std::string_view agent, std::string_view folder) {
    std::string name(agent);
    const std::string_view last = folder.substr(folder.rfind('/') + 1);
    if (!name.empty() && !last.empty()) name += '-';
    for (const char c : last) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
    return name.empty() ? "first" : name;
}

}  // namespace remit::cli
