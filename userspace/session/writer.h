// Who could write a file, by owner, mode and the folders on its path: a program that the session itself can write is what the session makes
// of it (DESIGN §4, file identity). Used by session/programs.h and session/unix_sockets.h.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "session/files.h"

namespace remit::session {

struct Actor;
struct Session;

// A session's credentials. Of root, and of whoever is in an attached cgroup, no user is known: then everything counts as theirs to write
// that is not root's alone.
struct Writer {
    uid_t uid = 0;  // 0: not known
    std::vector<gid_t> gids{};

    bool known() const { return uid != 0; }
    // The same for writers who can write the same files.
    std::string key() const;
};
Writer writer_of(const Session& session);
// Of a session that this person starts.
Writer writer_of(const Actor& starter);

// Looks at files of one root for one writer; what it finds of folders is kept as long as it lives, which is one walk.
class WriteCheck {
public:
    WriteCheck(const Writer& writer, const Root& root) : writer_(writer), root_(root) {}

    // file.path empty: no place is known, so that it counts as writable.
    bool writable(const FoundFile& file);
    // Can the writer make path (absolute, resolved in the root) lead to another file? The file itself may be theirs or not.
    bool replaceable(const std::string& path);
    // The same for a path that may lead through symbolic links: the links count too.
    bool leads_elsewhere(const std::string& path);

private:
    struct Entry {
        struct stat status {};
        bool acl = false;
    };
    bool owns(const struct stat& status) const;
    bool may_write(const Entry& entry) const;
    const Entry* folder_at(const std::string& folder);
    bool exposed(const std::string& folder, const struct stat& entry);

    const Writer& writer_;
    const Root& root_;
    std::unordered_map<std::string, bool> replaceable_;  // folders, by path
    std::unordered_map<std::string, Entry> folders_;
};

}  // namespace remit::session
