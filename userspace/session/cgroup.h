// Folders of the cgroup v2 tree: make, fill, look into, empty and remove one. No libbpf; used by session/ and daemon/.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace remit::session {

// Where the cgroup v2 hierarchy is mounted, by /proc/self/mountinfo when it is asked first.
Result<std::string> find_cgroup2_mount();
// The same over the text of a mountinfo; empty when there is none. The first mount of the whole hierarchy wins.
std::string parse_cgroup2_mount(std::string_view mountinfo);
// The v2 cgroup of a process as "/a/b"; pid "self" or a number.
Result<std::string> cgroup_of(std::string_view pid);
// Its folder.
Result<std::string> cgroup_folder_of(pid_t pid);

Result<void> make_cgroup(const std::string& folder);
Result<Fd> open_cgroup(const std::string& folder);
bool cgroup_exists(const std::string& folder);
// The folder of a unit of the system's systemd that runs, which lies in slices only: what users make in theirs is not taken for it. Without
// one of systemd's suffixes it is a service.
Result<std::string> find_unit(const std::string& cgroup_root, std::string_view unit);
// Moves a process with all its threads.
Result<void> move_process(const std::string& folder, pid_t pid);
// Every process (or thread) in the folder and below it; a cgroup that vanishes meanwhile counts as empty.
std::vector<pid_t> processes_below(const std::string& folder);
std::vector<pid_t> threads_below(const std::string& folder);
// Is any process in it or below it? False when it is gone.
bool populated(const std::string& folder);
// SIGKILL to everything in it and below it (cgroup.kill, kernel 5.14).
Result<void> kill_cgroup(const std::string& folder);
// Removes an empty cgroup with the empty ones below it.
Result<void> remove_cgroup(const std::string& folder);

}  // namespace remit::session
