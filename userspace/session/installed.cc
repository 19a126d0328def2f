#include "session/installed.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/file.h"

namespace remit::session {

namespace {

constexpr const char* kEnding = ".textproto";
constexpr const char* kKept = "by-hash";
constexpr size_t kMaxFileBytes = 4 << 20;

std::string path_of(const std::string& folder, const std::string& name) {
    return folder + "/" + name + kEnding;
}

std::string kept_file(const std::string& identity, const policy::Source& source) {
    return std::string(kKept) + "/" + identity + "/" + source.files.front().name;
}

Result<void> remove_all(const std::string& path) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return Error{Code::kInternal, "remove " + path + ": " + error.message(), ""};
    return {};
}

// All files of a source below a folder that is put in its place as a whole.
Result<void> keep(const std::string& folder, const std::string& identity, const policy::Source& source) {
    const std::string place = folder + "/" + kKept + "/" + identity;
    const auto same = [&](const policy::SourceFile& file) {
        auto bytes = read_file(place + "/" + file.name, kMaxFileBytes);
        return bytes && *bytes == file.bytes;
    };
    if (std::ranges::all_of(source.files, same)) return {};
    const std::string made = place + ".new";
    if (auto removed = remove_all(made); !removed) return removed;
    for (const policy::SourceFile& file : source.files) {
        const std::string path = made + "/" + file.name;
        if (file.name.starts_with("../"))
            return Error{Code::kBadData, "\"" + file.name + "\" is outside of the policy's folder",
                         "put what a policy imports beside it or below it"};
        if (auto folders = make_folders(path.substr(0, path.rfind('/'))); !folders) return folders;
        if (auto written = write_file_atomically(path, file.bytes, 0644); !written) return written;
    }
    if (auto removed = remove_all(place); !removed) return removed;  // half of it, or altered by hand
    if (::rename(made.c_str(), place.c_str()) != 0) return errno_error("rename", made);
    return sync_folder(folder + "/" + kKept);
}

Result<void> point(const std::string& folder, const std::string& path, const std::string& target) {
    const std::string made = path + ".new";
    ::unlink(made.c_str());
    if (::symlink(target.c_str(), made.c_str()) != 0) return errno_error("link", made);
    if (::rename(made.c_str(), path.c_str()) != 0) return errno_error("rename", made);
    return sync_folder(folder);
}

}  // namespace

bool is_installed_name(const std::string& name) {
    const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_' || c == '.'; };
    return !name.empty() && name.front() != '.' && std::ranges::all_of(name, fits);
}

Result<std::string> find_installed(const std::string& folder, const std::string& name, const std::string& shipped) {
    if (!is_installed_name(name)) return Error{Code::kUsage, "\"" + name + "\" is no name of an installed policy", "name one of " + folder};
    char resolved[PATH_MAX];
    if (::realpath(path_of(folder, name).c_str(), resolved)) return std::string(resolved);
    if (errno != ENOENT) return errno_error("open", path_of(folder, name));
    // A link that leads nowhere is a fault of what was installed, and nothing else stands in for it.
    struct stat link {};
    if (::lstat(path_of(folder, name).c_str(), &link) != 0 && ::realpath(path_of(shipped, name).c_str(), resolved))
        return std::string(resolved);
    return Error{Code::kMissing, "no policy \"" + name + "\" is installed in " + folder,
                 "`remit policy list` names them, `remit policy install FILE` installs one"};
}

Result<policy::Source> read_installed(const std::string& path) {
    return policy::read_source(path, [](const std::string& file) { return read_file(file, kMaxFileBytes); });
}

Result<std::vector<std::string>> list_installed(const std::string& folder) {
    std::vector<std::string> names;
    std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
    if (!open) return errno == ENOENT ? Result<std::vector<std::string>>(names) : errno_error("read", folder);
    while (const dirent* entry = ::readdir(open.get())) {
        const std::string file = entry->d_name;
        if (!file.ends_with(kEnding)) continue;
        const std::string name = file.substr(0, file.size() - std::string_view(kEnding).size());
        if (is_installed_name(name)) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

Result<Installed> install(const std::string& folder, const std::string& name, const policy::Source& source) {
    if (!is_installed_name(name)) return Error{Code::kUsage, "\"" + name + "\" can be no name of an installed policy", ""};
    Installed out{path_of(folder, name), ""};
    const std::string identity = policy::identity(source);
    if (auto folders = make_folders(folder + "/" + kKept); !folders) return std::move(folders).error();
    if (auto before = find_installed(folder, name)) {
        auto old = read_installed(*before);
        if (!old) return std::move(old).error().within("keep the policy that is there");
        out.replaced = policy::identity(*old);
        // An old one whose imports cannot be read is no whole policy: its files stay where they are.
        if (auto kept = keep(folder, out.replaced, *old); !kept) return std::move(kept).error();
    }
    if (auto kept = keep(folder, identity, source); !kept) return std::move(kept).error();
    if (auto pointed = point(folder, out.path, kept_file(identity, source)); !pointed) return std::move(pointed).error();
    return out;
}

}  // namespace remit::session
