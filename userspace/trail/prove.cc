#include "trail/prove.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>

#include "base/base64.h"
#include "trail/chain.h"
#include "trail/checkpoint.h"
#include "trail/lines.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

// Calls back for each line, until it says no.
Result<void> each_line(const std::string& folder, const std::function<bool(uint64_t seq, std::string_view line)>& take) {
    auto segments = list_segments(folder);
    if (!segments) return std::move(segments).error();
    if (segments->empty()) return Error{Code::kMissing, "no segment of a trail in " + folder, "give <log-dir>/trail"};
    for (const Segment& segment : *segments) {
        auto source = LineSource::open(segment.path);
        if (!source) return std::move(source).error();
        std::string_view line;
        auto more = source->next(line);
        for (; more && *more; more = source->next(line)) {
            Head head;
            if (!parse_head(line, head))
                return Error{Code::kBadData, segment.path + ":" + std::to_string(source->number()) + ": no line of a trail",
                             "run `remit trail verify` on the folder"};
            if (!take(head.seq, line)) return {};
        }
        if (!more) return std::move(more).error();
    }
    return {};
}

// The checkpoint that the proof is for.
Result<CheckpointLine> find_checkpoint(const std::string& folder, uint64_t seq, std::optional<uint64_t> size) {
    std::optional<Result<CheckpointLine>> found;
    auto read = each_line(folder, [&](uint64_t at, std::string_view line) {
        if ((size ? at != *size : at <= seq) || !is_checkpoint(line)) return true;
        found = parse_checkpoint_line(line, {});
        return false;
    });
    if (!read) return std::move(read).error();
    if (!found)
        return Error{Code::kMissing,
                     "no checkpoint " + (size ? "of " + std::to_string(*size) + " lines" : "behind line " + std::to_string(seq)),
                     "the daemon makes one within 10 s of a line"};
    return *std::move(found);
}

// The roots of an audit path's ranges, grown in one walk along the leaves.
class PathRoots {
public:
    PathRoots(uint64_t seq, uint64_t size)
        : ranges_(audit_path(seq, size)), trees_(ranges_.size()), begun_(ranges_.size()), order_(ranges_.size()) {
        std::iota(order_.begin(), order_.end(), size_t{0});
        std::ranges::sort(order_, {}, [this](size_t i) { return ranges_[i].first; });
    }

    // All leaves before tree.size(), which is at most the leaf's own index: the path's ranges to its left begin and end where perfect
    // subtrees of the tree do, but for one that goes on behind it.
    void begin(const Frontier& tree) {
        uint64_t first = 0;
        for (size_t i = 0; i < tree.roots().size(); i++) {
            const uint64_t end = first + std::bit_floor(tree.size() - first);
            const auto range = std::ranges::find_if(ranges_, [&](const LeafRange& each) { return each.first <= first && end <= each.end; });
            if (range != ranges_.end()) begun_[static_cast<size_t>(range - ranges_.begin())].push_back(tree.roots()[i]);
            first = end;
        }
        for (size_t i = 0; i < ranges_.size(); i++) {
            if (begun_[i].empty()) continue;
            const uint64_t known = std::min(ranges_[i].end, tree.size()) - ranges_[i].first;
            if (auto begun = Frontier::of(known, std::move(begun_[i]))) trees_[i] = *std::move(begun);
        }
    }

    void add(uint64_t seq, const Digest& leaf) {
        while (next_ < order_.size() && seq >= ranges_[order_[next_]].end) next_++;
        if (next_ < order_.size() && seq >= ranges_[order_[next_]].first) trees_[order_[next_]].add(leaf);
    }

    std::vector<Digest> roots() const {
        std::vector<Digest> out;
        for (const Frontier& tree : trees_) out.push_back(tree.root());
        return out;
    }

private:
    std::vector<LeafRange> ranges_;
    std::vector<Frontier> trees_;             // as ranges_
    std::vector<std::vector<Digest>> begun_;  // as ranges_
    std::vector<size_t> order_;               // ranges by their first leaf
    size_t next_ = 0;
};

// Where a proof of line seq can begin: with nothing before the first line, else, where older segments were let go, with the tree of the
// first checkpoint that is kept.
Result<Frontier> find_beginning(const std::string& folder, uint64_t seq) {
    std::optional<uint64_t> first;
    std::optional<Result<CheckpointLine>> checkpoint;
    auto read = each_line(folder, [&](uint64_t at, std::string_view line) {
        if (!first) first = at;
        if (*first > 0 && is_checkpoint(line)) checkpoint = parse_checkpoint_line(line, {});
        return *first > 0 && !checkpoint;
    });
    if (!read) return std::move(read).error();
    if (first == 0U) return Frontier();
    const std::string copy = "take a proof while a line's segment is kept, or from a copy of the trail";
    if (!first || seq < *first)
        return Error{Code::kMissing,
                     "line " + std::to_string(seq) + " was let go: " + folder + " begins with line " + std::to_string(first.value_or(0)),
                     copy};
    if (checkpoint && !*checkpoint) return std::move(*checkpoint).error();
    if (!checkpoint || seq < (*checkpoint)->tree.size())
        return Error{Code::kMissing,
                     "a proof of line " + std::to_string(seq) + " takes the lines before line " + std::to_string(*first) +
                         ", which were let go, as no checkpoint stands between",
                     checkpoint ? "lines from " + std::to_string((*checkpoint)->tree.size()) + " on can be proved here; " + copy : copy};
    return std::move((*checkpoint)->tree);
}

}  // namespace

Result<Proof> prove(const std::string& folder, uint64_t seq, std::optional<uint64_t> size) {
    auto checkpoint = find_checkpoint(folder, seq, size);
    if (!checkpoint) return std::move(checkpoint).error();
    const uint64_t leaves = checkpoint->tree.size();
    if (seq >= leaves) return Error{Code::kMissing, "line " + std::to_string(seq) + " is not under that checkpoint", "leave --size out"};
    auto beginning = find_beginning(folder, seq);
    if (!beginning) return std::move(beginning).error();
    Proof proof{seq, "", {}, checkpoint->note};
    PathRoots roots(seq, leaves);
    roots.begin(*beginning);
    Frontier whole = *std::move(beginning);
    Chain chain;
    auto read = each_line(folder, [&](uint64_t at, std::string_view line) {
        if (at < whole.size()) return true;
        if (at != whole.size() || at == leaves) return false;  // a line is missing, or that was all
        const Digest leaf = chain.leaf(line);
        whole.add(leaf);
        if (at == seq)
            proof.line = line;
        else
            roots.add(at, leaf);
        return true;
    });
    if (!read) return std::move(read).error();
    if (whole.size() != leaves || whole.root() != checkpoint->tree.root())
        return Error{Code::kBadData, "the lines here are not those of the checkpoint", "run `remit trail verify` on the folder"};
    proof.path = roots.roots();
    return proof;
}

std::string proof_text(const Proof& proof) {
    std::string text = "c2sp.org/tlog-proof@v1\nindex " + std::to_string(proof.seq) + "\n";
    for (const Digest& hash : proof.path) text += base64(hash) + "\n";
    return text + "\n" + proof.note;
}

Result<std::string> last_checkpoint(const std::string& folder) {
    std::string last;
    auto read = each_line(folder, [&](uint64_t, std::string_view line) {
        if (is_checkpoint(line)) last = line;
        return true;
    });
    if (!read) return std::move(read).error();
    if (last.empty()) return Error{Code::kMissing, "no checkpoint in " + folder, "the daemon makes one within 10 s of a line"};
    auto parsed = parse_checkpoint_line(last, {});
    if (!parsed) return std::move(parsed).error();
    return std::move(parsed->note);
}

}  // namespace remit::trail
