// Files as a task of a session sees them: its root, its folder, its descriptors; opened by the daemon without leaving that root. Paths from
// a task are only a way to find a file: what is judged is the kernel's identity of the file that was opened. Used by session/programs.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace remit::session {

// Where paths begin: the root folder of a process, and its mount namespace.
struct Root {
    Fd fd;
    uint64_t mounts = 0;  // inode of the mount namespace
};

// A file that was found, open with O_PATH, and its path inside the root it was looked up in. path is empty when no such path leads to it
// (deleted, or outside the root).
struct FoundFile {
    Fd fd;
    std::string path;
};

// What a task named: execve's path, or execveat's descriptor and path.
struct ExecName {
    std::string path;
    int dirfd = -100;         // AT_FDCWD
    bool empty_path = false;  // the descriptor itself is the file
};

// folder: an absolute path below that root, which the process is to make its root; empty: its root itself.
Result<Root> open_root_of(pid_t pid, const std::string& folder = "");
// path is absolute, of the root; symlinks and `..` stay inside it, magic links of /proc are not followed (openat2, kernel 5.6).
Result<FoundFile> open_in_root(const Root& root, const std::string& path);
// The file that an execve of this task with this name would run; kMissing when there is none.
Result<FoundFile> open_named(pid_t pid, const Root& root, const ExecName& name);
// Path of an open file inside root; empty when it has none.
std::string path_in_root(const Root& root, const Fd& file);
// The path that policies mean: of the same file in the session's own root. A task that made itself another root or other mounts may call a
// file what it likes; the path counts when it leads to this very file in the session's root too, else there is none.
std::string path_in_session(const Root& session, const Root& task, const FoundFile& file);
// The interpreter that the first line of a script names; empty when the file is no script.
std::string read_interpreter(const Fd& file);
// The file and, for a script, its interpreters behind it, the last one being what the kernel maps (at most 5, the kernel's own bound).
std::vector<FoundFile> open_chain(const Root& root, FoundFile first);

}  // namespace remit::session
