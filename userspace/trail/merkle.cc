#include "trail/merkle.h"

#include <algorithm>
#include <bit>

namespace remit::trail {
namespace {

std::string_view view(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The largest power of two below size, which is at least 2.
uint64_t split(uint64_t size) {
    return std::bit_floor(size - 1);
}

}  // namespace

Digest node_hash(const Digest& left, const Digest& right) {
    Sha256 hash;
    hash.add(std::string_view("\1", 1));
    hash.add(view(left));
    hash.add(view(right));
    return hash.finish();
}

std::optional<Frontier> Frontier::of(uint64_t size, std::vector<Digest> roots) {
    if (roots.size() != static_cast<size_t>(std::popcount(size))) return std::nullopt;
    Frontier frontier;
    frontier.size_ = size;
    frontier.roots_ = std::move(roots);
    return frontier;
}

void Frontier::add(const Digest& leaf) {
    roots_.push_back(leaf);
    for (uint64_t full = size_++; full & 1; full >>= 1) {
        const Digest right = roots_.back();
        roots_.pop_back();
        roots_.back() = node_hash(roots_.back(), right);
    }
}

Digest Frontier::root() const {
    if (roots_.empty()) return sha256("");
    Digest root = roots_.back();
    for (auto left = std::next(roots_.rbegin()); left != roots_.rend(); ++left) root = node_hash(*left, root);
    return root;
}

std::vector<LeafRange> audit_path(uint64_t index, uint64_t size) {
    std::vector<LeafRange> path;
    for (uint64_t first = 0; size > 1;) {
        const uint64_t left = split(size);
        if (index < left) {
            path.push_back({first + left, first + size});
            size = left;
        } else {
            path.push_back({first, first + left});
            first += left;
            index -= left;
            size -= left;
        }
    }
    std::reverse(path.begin(), path.end());
    return path;
}

}  // namespace remit::trail
