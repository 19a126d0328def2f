#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <set>
#include <vector>

#include "base/file.h"
#include "kernel/maps.h"

namespace remit::kernel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLinksBegun = "/links_begun";

Result<void> pin_each(const std::map<std::string, Fd>& descriptors, const std::string& folder) {
    if (auto made = make_folders(folder, 0700); !made) return made;
    for (const auto& [name, fd] : descriptors) {
        if (bpf_obj_pin(fd.get(), (folder + "/" + name).c_str())) return errno_error("pin", folder + "/" + name);
    }
    return {};
}

Result<void> open_each(std::map<std::string, Fd>& descriptors, const std::string& folder) {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        Fd fd(bpf_obj_get(entry.path().c_str()));
        if (!fd) return errno_error("open the pin", entry.path().string());
        descriptors[entry.path().filename()] = std::move(fd);
    }
    if (failure) return Error{Code::kMissing, "read the pins in " + folder + ": " + failure.message(), "run `remit off` and start again"};
    return {};
}

Result<void> require_bpffs(const std::string& folder) {
    fs::path existing = folder;
    while (!fs::exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
    struct statfs stat {};
    if (statfs(existing.c_str(), &stat)) return errno_error("stat", existing.string());
    if (stat.f_type != BPF_FS_MAGIC)
        return Error{Code::kUnsupported, existing.string() + " is not in a bpffs, where pins could live", "mount -t bpf bpf /sys/fs/bpf"};
    return {};
}

// How many still have their number after so many ms.
int wait_until_gone(const std::set<uint32_t>& ids, int (*open)(uint32_t id), int ms) {
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
    int left = 0;
    for (const uint32_t id : ids) {
        bool there = true;
        while ((there = static_cast<bool>(Fd(open(id)))) && ms-- > 0) nanosleep(&kPause, nullptr);
        left += there ? 1 : 0;
    }
    return left;
}

}  // namespace

Result<void> pin(const Handles& handles, const std::string& folder) {
    Result<void> done = require_bpffs(folder);
    if (done) done = pin_each(handles.maps, folder + "/maps");
    if (done) done = pin_each(handles.programs, folder + "/programs");
    if (done) done = make_folders(folder + "/sessions", 0700);
    // Links last: from the first on, the programs outlive this process. Their folder has its name once all are in it.
    if (done) done = pin_each(handles.links, folder + kLinksBegun);
    if (done && rename((folder + kLinksBegun).c_str(), (folder + "/links").c_str())) done = errno_error("name", folder + "/links");
    if (!done) (void)remove_pins(folder);
    return done;
}

bool is_pinned(const std::string& folder) {
    std::error_code ignored;
    return fs::exists(folder + "/links", ignored);
}

std::vector<std::string> other_pins(const std::string& bpffs, const std::string& folder) {
    std::error_code ignored;
    std::vector<std::string> others;
    for (const auto& entry : fs::directory_iterator(bpffs, ignored))
        if (entry.path().string() != folder) others.push_back(entry.path().string());
    return others;
}

Result<Handles> open_pins(const std::string& folder) {
    Handles handles;
    Result<void> done = open_each(handles.maps, folder + "/maps");
    if (done) done = open_each(handles.programs, folder + "/programs");
    if (done) done = open_each(handles.links, folder + "/links");
    if (!done) return done.error();
    return handles;
}

Result<int> remove_pins(const std::string& folder) {
    std::error_code failure;
    if (!fs::exists(folder, failure)) return 0;
    std::vector<fs::path> folders{folder};
    std::vector<fs::path> links;
    std::vector<fs::path> others;
    for (const auto& entry : fs::recursive_directory_iterator(folder, failure)) {
        if (entry.is_directory())
            folders.push_back(entry.path());
        else
            (entry.path().parent_path().filename() == "maps" || entry.path().parent_path().filename() == "programs" ? others : links)
                .push_back(entry.path());
    }
    if (failure) return Error{Code::kInternal, "read the pins in " + folder + ": " + failure.message(), ""};
    // Links first: each removed one stops a program, and none is left that would run over tables that are gone.
    for (const auto* group : {&links, &others}) {
        for (const auto& path : *group) {
            if (unlink(path.c_str())) return errno_error("remove the pin", path.string());
        }
    }
    for (auto path = folders.rbegin(); path != folders.rend(); ++path) rmdir(path->c_str());
    return static_cast<int>(links.size() + others.size());
}

Attached pinned_links(const std::string& folder) {
    std::error_code ignored;
    Attached ids;
    for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
        const fs::path kind = entry.path().parent_path().filename();
        if (entry.is_directory(ignored) || kind == "maps" || kind == "programs") continue;
        const Fd link(bpf_obj_get(entry.path().c_str()));
        bpf_link_info info{};
        __u32 size = sizeof info;
        if (!link || bpf_obj_get_info_by_fd(link.get(), &info, &size) != 0) continue;
        ids.links.insert(info.id);
        ids.programs.insert(info.prog_id);
    }
    return ids;
}

int wait_until_off(const Attached& ids) {
    const int left = wait_until_gone(ids.links, bpf_link_get_fd_by_id, 1000);
    if (left == 0) (void)wait_until_gone(ids.programs, bpf_prog_get_fd_by_id, 20000);
    return left;
}

}  // namespace remit::kernel
