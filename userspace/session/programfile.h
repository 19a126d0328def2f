// What a file is, as far as it decides whether a policy's path rules may speak for it at all (DESIGN §4, file identity). Used by
// session/programs.h.
#pragma once

#include "base/fd.h"

namespace remit::session {

enum class FileKind {
    kProgram,    // path rules apply
    kDeleted,    // no name leads to it (memfd too)
    kSetId,      // runs with another's rights
    kLoader,     // a dynamic loader or a shared object: run by itself it runs anything
    kForeign,    // on FUSE or a network file system: others decide what its bytes are
    kNoProgram,  // a folder, a device, a pipe
};

// fd may be O_PATH.
FileKind kind_of(const Fd& fd);

}  // namespace remit::session
