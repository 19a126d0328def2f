// The keys of a trail: the private one that signs its checkpoints, and the public ones of all that ever did. Used by daemon/ and cli/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "trail/note.h"
#include "trail/record.h"

namespace remit::trail {

// Beside the segments: public keys, a line each, the one in use last.
std::string key_file_of(const std::string& folder);
// Those of a trail's folder; none where the file is missing.
Result<std::vector<VerifierKey>> read_keys(const std::string& folder);
// Those of the folders and of the folders of the segments.
Result<std::vector<VerifierKey>> read_keys_beside(const std::vector<std::string>& paths);

struct OwnKey {
    Signer signer;
    std::optional<KeyChange> change;  // another key than before; for the trail
};
// The private key in `path` (made there, readable by root alone, where it is missing). Its public half is added to the trail's folder.
Result<OwnKey> open_key(const std::string& path, const std::string& name, const std::string& folder);

}  // namespace remit::trail
