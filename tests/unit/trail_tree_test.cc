#include <map>

#include "trail/merkle.h"
#include "trail/note.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

Digest leaf_of(std::string_view bytes) {
    return Chain().leaf(bytes);
}

std::vector<Digest> some_leaves(size_t count) {
    std::vector<Digest> leaves;
    for (size_t i = 0; i < count; i++) leaves.push_back(leaf_of(std::to_string(i)));
    return leaves;
}

Frontier grown(std::span<const Digest> leaves) {
    Frontier tree;
    for (const Digest& leaf : leaves) tree.add(leaf);
    return tree;
}

// RFC 6962 section 2.1 as it is written, by recursion.
Digest by_the_book(std::span<const Digest> leaves) {
    if (leaves.empty()) return sha256("");
    if (leaves.size() == 1) return leaves[0];
    size_t left = 1;
    while (left * 2 < leaves.size()) left *= 2;
    return node_hash(by_the_book(leaves.first(left)), by_the_book(leaves.subspan(left)));
}

// RFC 9162 section 2.1.3.2: what a verifier does.
bool leads_to_root(const Digest& leaf, uint64_t index, uint64_t size, const std::vector<Digest>& path, const Digest& root) {
    uint64_t fn = index, sn = size - 1;
    Digest r = leaf;
    for (const Digest& p : path) {
        if (sn == 0) return false;
        if ((fn & 1) || fn == sn) {
            r = node_hash(p, r);
            while (!(fn & 1) && fn != 0) fn >>= 1, sn >>= 1;
        } else {
            r = node_hash(r, p);
        }
        fn >>= 1, sn >>= 1;
    }
    return sn == 0 && r == root;
}

// The vectors that implementations of Certificate Transparency share.
TEST(Tree, GivesTheKnownRoots) {
    const std::string leaves[] = {"", std::string("\0", 1), "\x10", " !", "01", "@ABC", "PQRSTUVW", "`abcdefghijklmno"};
    const std::map<size_t, std::string> roots = {{0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                                                 {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
                                                 {2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
                                                 {3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
                                                 {8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"}};
    Frontier tree;
    for (size_t i = 0;; i++) {
        if (const auto known = roots.find(i); known != roots.end()) {
            EXPECT_EQ(hex(tree.root()), known->second) << i;
        }
        if (i == std::size(leaves)) break;
        tree.add(leaf_of(leaves[i]));
    }
}

TEST(Tree, GrowsToTheRootOfTheBook) {
    const std::vector<Digest> leaves = some_leaves(130);
    for (size_t size = 0; size <= leaves.size(); size++)
        EXPECT_EQ(grown(std::span(leaves).first(size)).root(), by_the_book(std::span(leaves).first(size))) << size;
}

TEST(Tree, GoesOnFromItsFrontier) {
    const std::vector<Digest> leaves = some_leaves(77);
    const Frontier half = grown(std::span(leaves).first(37));
    auto taken_up = Frontier::of(37, half.roots());
    ASSERT_TRUE(taken_up);
    for (size_t i = 37; i < leaves.size(); i++) taken_up->add(leaves[i]);
    EXPECT_EQ(taken_up->root(), by_the_book(leaves));
    EXPECT_FALSE(Frontier::of(36, half.roots()));
}

TEST(Tree, AnAuditPathLeadsToTheRoot) {
    const std::vector<Digest> leaves = some_leaves(70);
    for (uint64_t size = 1; size <= leaves.size(); size++)
        for (uint64_t index = 0; index < size; index++) {
            std::vector<Digest> path;
            for (const LeafRange& range : audit_path(index, size))
                path.push_back(by_the_book(std::span(leaves).subspan(range.first, range.end - range.first)));
            ASSERT_TRUE(leads_to_root(leaves[index], index, size, path, by_the_book(std::span(leaves).first(size))))
                << index << " of " << size;
        }
}

class Notes : public testing::Test {
protected:
    static Signer signer(const std::string& name) { return *Signer::make(*SigningKey::make(), name); }
    const Digest root_ = leaf_of("root");
};

TEST_F(Notes, AreOpenedWithTheKeyThatSignedThem) {
    const Signer own = signer("remit/h1");
    const std::string note = *own.sign(412, root_);
    const std::vector<VerifierKey> keys{signer("remit/h1").verifier(), own.verifier()};
    const auto opened = open_note(note, keys);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(opened->signed_by, "remit/h1");
    EXPECT_EQ(opened->checkpoint.size, 412u);
    EXPECT_EQ(opened->checkpoint.root, root_);
    EXPECT_EQ(open_note(note, {})->signed_by, "");
}

TEST_F(Notes, AChangedByteIsFound) {
    const Signer own = signer("remit/h1");
    const std::string note = *own.sign(412, root_);
    const std::vector<VerifierKey> keys{own.verifier()};
    for (size_t at = 0; at < note.size(); at++) {
        std::string changed = note;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        const auto opened = open_note(changed, keys);
        EXPECT_TRUE(!opened || opened->signed_by.empty()) << "byte " << at;
    }
}

TEST_F(Notes, NamesKeepToTheFormat) {
    EXPECT_EQ(signer("remit/my host+x").verifier().name, "remit/my-host-x");
}

TEST_F(Notes, KeysAreThoseOfSignedNote) {
    // The example of golang.org/x/mod/sumdb/note.
    const std::string text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const auto key = parse_verifier_key(text);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(key->name, "PeterNeumann");
    EXPECT_EQ(key->text(), text);
    for (const char* bad : {"", "a", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", "+c74f20a3+ARpc"})
        EXPECT_FALSE(parse_verifier_key(bad)) << bad;
    EXPECT_EQ(parse_verifier_keys("# one\n\n" + text + "\n" + text)->size(), 2u);
}

}  // namespace
}  // namespace remit::trail
