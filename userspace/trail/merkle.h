// The tree of RFC 6962 over a trail's lines, grown leaf by leaf: what a checkpoint signs, and what proves that a line is under it. Pure.
// Used within trail/.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/digest.h"

namespace remit::trail {

// A tree in the least that is needed to go on: the roots of its perfect subtrees, the largest first, one for each bit of its size.
class Frontier {
public:
    // Nothing: the count of roots does not fit the size.
    static std::optional<Frontier> of(uint64_t size, std::vector<Digest> roots);

    void add(const Digest& leaf);
    uint64_t size() const { return size_; }
    const std::vector<Digest>& roots() const { return roots_; }
    // Of the whole tree; of an empty one, the hash of nothing.
    Digest root() const;

private:
    uint64_t size_ = 0;
    std::vector<Digest> roots_;
};

Digest node_hash(const Digest& left, const Digest& right);

// Leaves first to end - 1.
struct LeafRange {
    uint64_t first = 0, end = 0;
};
// The ranges whose roots make the audit path of leaf `index` in a tree of `size` leaves (RFC 6962 section 2.1.1), the one next to the leaf
// first. index < size.
std::vector<LeafRange> audit_path(uint64_t index, uint64_t size);

}  // namespace remit::trail
