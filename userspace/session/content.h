// SHA-256 of programs, kept by the kernel's identity of the file. Used by session/programs.h.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "base/digest.h"
#include "base/fd.h"
#include "session/known.h"

namespace remit::session {

class Contents {
public:
    const Digest* find(const remit_file& file) const;
    // The caller has made sure that the identity was the same before and after.
    void keep(const remit_file& file, const Digest& digest);

private:
    std::deque<remit_file> order_;  // oldest first
    std::unordered_map<remit_file, Digest, FileHash, SameFile> digests_;
};

// Of a regular file, open with O_PATH or for reading; nothing when it cannot be read, or holds more than kMaxContentBytes.
std::optional<Digest> read_digest(const Fd& fd);

}  // namespace remit::session
