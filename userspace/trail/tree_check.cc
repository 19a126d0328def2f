#include "trail/tree_check.h"

#include "base/base64.h"
#include "trail/checkpoint.h"

namespace remit::trail {

std::string TreeCheck::add(uint64_t seq, std::string_view line, const Digest& leaf) {
    if (!tree_ && seq == 0) tree_.emplace();
    if (std::string wrong = check_kept(seq); !wrong.empty()) return wrong;
    if (is_checkpoint(line))
        if (std::string wrong = check_checkpoint(seq, line); !wrong.empty()) return wrong;
    if (tree_) tree_->add(leaf);
    return "";
}

std::string TreeCheck::check_checkpoint(uint64_t seq, std::string_view line) {
    auto parsed = parse_checkpoint_line(line, witness_.keys);
    if (!parsed) return parsed.error().message;
    const OpenedNote& opened = parsed->opened;
    if (opened.checkpoint.size != seq)
        return "the checkpoint is for " + std::to_string(opened.checkpoint.size) + " lines, and stands behind " + std::to_string(seq);
    if (!witness_.keys.empty() && opened.signed_by.empty()) return "the checkpoint is signed by none of the keys";
    if (!tree_) tree_ = std::move(parsed->tree);
    if (tree_->root() != opened.checkpoint.root)
        return "the checkpoint has another root than the lines before it: " + base64(opened.checkpoint.root) + ", not " +
               base64(tree_->root());
    checkpoints_++;
    if (!opened.signed_by.empty()) signed_lines_ = seq;
    return "";
}

std::string TreeCheck::check_kept(uint64_t size) const {
    if (!witness_.kept || witness_.kept->size != size) return "";
    if (!tree_) return "the lines under the checkpoint that was kept elsewhere are not all here";
    if (tree_->root() == witness_.kept->root) return "";
    return "the first " + std::to_string(size) + " lines are not those of the checkpoint that was kept elsewhere: its root is " +
           base64(witness_.kept->root) + ", theirs " + base64(tree_->root());
}

std::string TreeCheck::finish() const {
    const uint64_t size = tree_ ? tree_->size() : 0;
    if (witness_.kept && tree_ && witness_.kept->size > size)
        return "the trail ends after " + std::to_string(size) + " lines, and the checkpoint that was kept elsewhere has " +
               std::to_string(witness_.kept->size);
    return check_kept(size);
}

}  // namespace remit::trail
