#include "trail/checkpoint.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "trail/segment.h"

namespace remit::trail {
namespace {

using nlohmann::json;

Error bad(const char* what) {
    return Error{Code::kBadData, std::string("bad checkpoint: ") + what, "run `remit trail verify` on the folder"};
}

// The texts of a list; false: it is none.
bool read_texts(const json& object, const char* key, std::vector<std::string>& out) {
    const auto found = object.find(key);
    if (found == object.end()) return true;  // an empty list is left out
    if (!found->is_array()) return false;
    for (const json& item : *found) {
        if (!item.is_string()) return false;
        out.push_back(item.get<std::string>());
    }
    return true;
}

}  // namespace

Result<SignedTree> signed_tree(const Frontier& tree, const Signer& signer) {
    auto note = signer.sign(tree.size(), tree.root());
    if (!note) return std::move(note).error();
    SignedTree out;
    for (const std::string_view line : split(*note, '\n')) out.note.emplace_back(line);
    for (const Digest& root : tree.roots()) out.frontier.push_back(hex(root));
    return out;
}

bool is_checkpoint(std::string_view line) {
    return find_value(line, "kind") == "checkpoint";
}

Result<CheckpointLine> parse_checkpoint_line(std::string_view line, std::span<const VerifierKey> keys) {
    const json record = json::parse(line, nullptr, false);
    std::vector<std::string> note, hashes;
    if (!record.is_object() || !read_texts(record, "note", note) || !read_texts(record, "frontier", hashes)) return bad("no such record");
    CheckpointLine out;
    for (const std::string& text : note) out.note += out.note.empty() ? text : "\n" + text;
    auto opened = open_note(out.note, keys);
    if (!opened) return std::move(opened).error();
    out.opened = *std::move(opened);
    std::vector<Digest> roots;
    for (const std::string& hash : hashes) {
        const auto digest = parse_digest(hash);
        if (!digest) return bad("a hash of its frontier is none");
        roots.push_back(*digest);
    }
    auto tree = Frontier::of(out.opened.checkpoint.size, std::move(roots));
    if (!tree || tree->root() != out.opened.checkpoint.root) return bad("its frontier does not lead to its root");
    out.tree = *std::move(tree);
    return out;
}

}  // namespace remit::trail
