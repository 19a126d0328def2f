// Lines of kind checkpoint, made and read back. Used within trail/ and by cli/.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "trail/merkle.h"
#include "trail/note.h"
#include "trail/record.h"

namespace remit::trail {

struct CheckpointLine {
    std::string note;
    OpenedNote opened;
    Frontier tree;  // of the lines before this one
};

// What a checkpoint of the tree's lines says.
Result<SignedTree> signed_tree(const Frontier& tree, const Signer& signer);

bool is_checkpoint(std::string_view line);
// Fails where the line's parts do not fit together: a bad note or signature, a frontier that is not the one of the note's size and root.
Result<CheckpointLine> parse_checkpoint_line(std::string_view line, std::span<const VerifierKey> keys);

}  // namespace remit::trail
