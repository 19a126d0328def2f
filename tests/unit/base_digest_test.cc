#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "base/digest.h"
#include "base/uuid.h"

namespace remit {
namespace {

// Vectors of FIPS 180-4.
TEST(Sha256, GivesTheKnownAnswers) {
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, InPiecesIsTheSameAndCanBeUsedAgain) {
    Sha256 hash;
    hash.add("a");
    hash.add("");
    hash.add("bc");
    EXPECT_EQ(hash.finish(), sha256("abc"));
    EXPECT_EQ(hash.finish(), sha256(""));
    Sha256 moved = std::move(hash);
    moved.add("abc");
    EXPECT_EQ(moved.finish(), sha256("abc"));
}

TEST(Uuid, IsOfVersion7AndSortsByTime) {
    std::set<std::string> seen;
    std::string last;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = new_uuid();
        ASSERT_EQ(id.size(), 36u);
        for (const size_t at : {8, 13, 18, 23}) ASSERT_EQ(id[at], '-') << id;
        EXPECT_EQ(id[14], '7');
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
        EXPECT_TRUE(seen.insert(id).second);
        EXPECT_LE(last, id.substr(0, 13));  // the clock may be the same millisecond
        last = id.substr(0, 13);
    }
}

}  // namespace
}  // namespace remit
