// What a file is, as far as it decides which of a policy's rules may speak for it. Used by session/programs.h.
#pragma once

#include <cstdint>
#include <optional>

#include "base/fd.h"

namespace remit::session {

// enum policy::ProgramKind of a regular file, 0 for an ordinary one; nothing for a folder, a device, a pipe. fd may be O_PATH.
std::optional<uint8_t> kinds_of(const Fd& fd);
// On FUSE or a network file system: others decide what its bytes are, and how long it takes to read them.
bool is_foreign(const Fd& fd);

}  // namespace remit::session
