#include "trail/prove.h"

#include <algorithm>
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
    PathRoots(uint64_t seq, uint64_t size) : ranges_(audit_path(seq, size)), trees_(ranges_.size()), order_(ranges_.size()) {
        std::iota(order_.begin(), order_.end(), size_t{0});
        std::ranges::sort(order_, {}, [this](size_t i) { return ranges_[i].first; });
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
    std::vector<Frontier> trees_;  // as ranges_
    std::vector<size_t> order_;    // ranges by their first leaf
    size_t next_ = 0;
};

}  // namespace

Result<Proof> prove(const std::string& folder, uint64_t seq, std::optional<uint64_t> size) {
    auto checkpoint = find_checkpoint(folder, seq, size);
    if (!checkpoint) return std::move(checkpoint).error();
    const uint64_t leaves = checkpoint->tree.size();
    if (seq >= leaves) return Error{Code::kMissing, "line " + std::to_string(seq) + " is not under that checkpoint", "leave --size out"};
    Proof proof{seq, "", {}, checkpoint->note};
    PathRoots roots(seq, leaves);
    Frontier whole;
    Chain chain;
    auto read = each_line(folder, [&](uint64_t at, std::string_view line) {
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
    if (whole.size() == 0)
        return Error{Code::kMissing, "the first lines of " + folder + " were let go, and a proof takes all lines before its checkpoint",
                     "prove lines while they are kept, or from a copy of the whole trail"};
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
