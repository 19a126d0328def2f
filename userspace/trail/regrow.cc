#include "trail/regrow.h"

#include <optional>

#include "trail/chain.h"
#include "trail/checkpoint.h"
#include "trail/lines.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

// The tree that a line stands for, if it is a checkpoint to go by.
std::optional<Frontier> tree_before(std::string_view line, std::span<const VerifierKey> keys) {
    Head head;
    if (!is_checkpoint(line) || !parse_head(line, head)) return std::nullopt;
    auto parsed = parse_checkpoint_line(line, keys);
    if (!parsed || parsed->opened.signed_by.empty() || parsed->tree.size() != head.seq) return std::nullopt;
    return std::move(parsed->tree);
}

// Adds a segment's lines to a tree; where there is none yet, from its last checkpoint on.
Result<void> add_segment(const std::string& path, std::span<const VerifierKey> keys, std::optional<Grown>& grown) {
    auto source = LineSource::open(path);
    if (!source) return std::move(source).error();
    Chain chain;
    std::string_view line;
    auto more = source->next(line);
    for (; more && *more; more = source->next(line)) {
        auto tree = tree_before(line, keys);
        if (tree) grown = Grown{*std::move(tree), 0};
        if (!grown) continue;
        grown->tree.add(chain.leaf(line));
        if (is_checkpoint(line)) grown->checkpoint_seq = grown->tree.size();
    }
    if (!more) return std::move(more).error();
    return {};
}

}  // namespace

Result<Grown> regrow(const std::string& folder, std::span<const VerifierKey> keys) {
    auto segments = list_segments(folder);
    if (!segments) return std::move(segments).error();
    for (size_t back = 1; back <= segments->size(); back++) {
        const size_t first = segments->size() - back;
        std::optional<Grown> grown;
        if (first == 0 && (*segments)[0].first_seq == 0) grown.emplace();
        for (size_t i = first; i < segments->size(); i++) {
            if (auto added = add_segment((*segments)[i].path, keys, grown); !added) return std::move(added).error();
            if (!grown) break;  // no checkpoint in the first of them: further back
        }
        if (grown) return *std::move(grown);
    }
    if (segments->empty()) return Grown{};
    return Error{Code::kBadData, "no checkpoint in " + folder + " that a key of its trail.vkey signed, and its first lines were let go",
                 "put trail.vkey back, or keep the folder as evidence and start with another --log-dir"};
}

}  // namespace remit::trail
