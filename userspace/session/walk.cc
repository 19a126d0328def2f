#include "session/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/text.h"
#include "policy/pattern.h"

namespace remit::session {

namespace {

// Below this depth a folder is not walked; deeper programs are asked about when they are run.
constexpr size_t kMaxDepth = 32;
// Entries looked at for each file that may be handed out: bounds the walk of a folder that holds few programs.
constexpr size_t kEntriesPerFile = 10;

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

using Clock = std::chrono::steady_clock;

struct Walk {
    size_t files_left;
    size_t entries_left;
    const std::function<void(FoundFile)>& visit;
    Clock::time_point until = Clock::time_point::max();

    bool over() const { return files_left == 0 || entries_left == 0 || Clock::now() >= until; }
    void hand_out(FoundFile file) {
        files_left--;
        visit(std::move(file));
    }
};

bool executable(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111) != 0;
}

bool is_folder(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

// The components of a pattern behind its fixed part, a level each; `**` stands for all levels from there on. A name that does not fit is
// not opened: "/usr/bin/gpg*" is about three of two thousand files.
class Levels {
public:
    explicit Levels(std::string_view behind) {
        for (const std::string_view component : split(behind, '/'))
            names_.push_back(component == "**" ? kEverything : as_pattern(component));
    }
    bool file(size_t level, const std::string& name) const { return everything(level) || (last(level) && fits(level, name)); }
    bool folder(size_t level, const std::string& name) const { return everything(level) || (!last(level) && fits(level, name)); }

private:
    static constexpr std::nullopt_t kEverything = std::nullopt;

    static std::optional<policy::Pattern> as_pattern(std::string_view component) {
        return *policy::parse_pattern("/" + std::string(component));  // of a pattern that was parsed
    }
    bool last(size_t level) const { return level + 1 >= names_.size(); }
    bool everything(size_t level) const { return last(level) && !names_.back(); }
    bool fits(size_t level, const std::string& name) const { return names_[level]->matches("/" + name); }

    std::vector<std::optional<policy::Pattern>> names_;  // nothing: everything from there on
};

// path: of the folder, inside the root.
void walk_folder(Walk& walk, const Fd& folder, const std::string& path, const Levels& levels, size_t level) {
    Fd readable(::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    std::unique_ptr<DIR, CloseDir> dir(readable ? ::fdopendir(readable.get()) : nullptr);
    if (!dir) return;
    (void)readable.release();
    while (const dirent* entry = ::readdir(dir.get())) {
        if (walk.over()) return;
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        walk.entries_left--;
        const bool as_file = levels.file(level, name), as_folder = levels.folder(level, name);
        if (!as_file && !as_folder) continue;
        Fd fd(::openat(folder.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        if (!fd) continue;
        std::string inner = path == "/" ? "" : path;
        inner += "/";
        inner += name;
        if (is_folder(fd.get())) {
            if (as_folder && level < kMaxDepth) walk_folder(walk, fd, inner, levels, level + 1);
        } else if (as_file && executable(fd.get())) {
            walk.hand_out({std::move(fd), std::move(inner)});
        }
    }
}

bool is_tree(const std::string& pattern) {
    return pattern.find("**") != std::string::npos;
}

void walk_glob(Walk& walk, const Root& root, const std::string& pattern) {
    const std::string fixed = fixed_part(pattern);
    const auto found = open_in_root(root, fixed);
    if (!found || found->path.empty() || !is_folder(found->fd.get())) return;
    const std::string_view behind = std::string_view(pattern).substr(fixed == "/" ? 1 : fixed.size() + 1);
    walk_folder(walk, found->fd, found->path, Levels(behind), 0);
}

}  // namespace

std::string fixed_part(const std::string& pattern) {
    const size_t star = pattern.find('*');
    if (star == std::string::npos) return pattern;
    const size_t slash = pattern.rfind('/', star);
    return slash == 0 || slash == std::string::npos ? "/" : pattern.substr(0, slash);
}

std::vector<Alias> find_aliases(const Root& root, std::span<const std::string> patterns) {
    std::vector<Alias> aliases;
    for (const std::string& pattern : patterns) {
        const std::string written = fixed_part(pattern);
        const bool known = std::any_of(aliases.begin(), aliases.end(), [&](const Alias& each) { return each.written == written; });
        if (known) continue;
        auto found = open_in_root(root, written);
        if (found && !found->path.empty() && found->path != written) aliases.push_back({written, found->path});
    }
    return aliases;
}

std::vector<std::string> names_of(const std::string& path, std::span<const Alias> aliases) {
    std::vector<std::string> names{path};
    for (const Alias& alias : aliases) {
        if (path == alias.real) {
            names.push_back(alias.written);
        } else if (path.starts_with(alias.real + "/")) {
            names.push_back(alias.written + path.substr(alias.real.size()));
        }
    }
    return names;
}

size_t walk_programs(const Root& root, std::span<const std::string> patterns, const WalkLimits& limits,
                     const std::function<void(FoundFile)>& visit) {
    Walk walk{limits.files, limits.files * kEntriesPerFile, visit};
    for (const std::string& pattern : patterns) {
        if (walk.over()) break;
        if (pattern.find('*') != std::string::npos) continue;
        if (auto found = open_in_root(root, pattern); found && !found->path.empty() && executable(found->fd.get()))
            walk.hand_out(*std::move(found));
    }
    for (const bool trees : {false, true}) {
        if (trees) walk.until = Clock::now() + limits.trees;
        for (const std::string& pattern : patterns) {
            if (walk.over()) break;
            if (pattern.find('*') != std::string::npos && is_tree(pattern) == trees) walk_glob(walk, root, pattern);
        }
    }
    return limits.files - walk.files_left;
}

}  // namespace remit::session
