// Checkpoints in a trail as the writer makes it: when they come, that a restart goes on with the tree, and what they find.
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "trail/checkpoint.h"
#include "trail/keys.h"
#include "trail/prove.h"
#include "trail/verify.h"
#include "trail/writer.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

class Checkpoints : public TrailFolder {
protected:
    std::string trail() const { return folder_ + "/trail"; }

    // Writes so many crossings with a writer of their own, which makes a checkpoint at its end.
    void write(uint64_t count, uint64_t segment_bytes = uint64_t{64} << 20) {
        auto key = open_key(folder_ + "/state/trail.key", "remit/h1", trail());
        ASSERT_TRUE(key) << key.error().message;
        auto writer = Writer::open({.folder = trail(), .host = "h1", .boot = "b1", .segment_bytes = segment_bytes, .signer = key->signer});
        ASSERT_TRUE(writer) << writer.error().message;
        for (uint64_t i = 0; i < count; i++) {
            while (!(*writer)->submit(a_crossing(0, next_))) ASSERT_TRUE((*writer)->flush());
            next_++;
        }
    }

    std::vector<Segment> segments() const { return list_segments(trail()).value(); }

    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (const Segment& segment : segments())
            for (std::string& line : lines_of(bytes_of_file(segment.path))) all.push_back(std::move(line));
        return all;
    }

    std::vector<uint64_t> checkpoint_places() const {
        std::vector<uint64_t> places;
        const auto all = lines();
        for (uint64_t i = 0; i < all.size(); i++)
            if (is_checkpoint(all[i])) places.push_back(i);
        return places;
    }

    Verification verified(const Witness& more = {}) const {
        Witness witness = more;
        if (witness.keys.empty()) witness.keys = *read_keys(trail());
        auto result = verify({trail()}, witness);
        EXPECT_TRUE(result);
        return *result;
    }

    // As somebody who may write the files, and has no key.
    void replace_all(const std::vector<std::string>& all) {
        for (const Segment& segment : segments()) std::filesystem::remove(segment.path);
        std::string bytes;
        for (const std::string& line : all) bytes += line + "\n";
        put_file(trail() + "/20261124T093102Z-0.jsonl", bytes);
    }

    uint64_t next_ = 0;
};

// The chain made anew behind a changed line.
std::vector<std::string> rechained(std::vector<std::string> all) {
    std::string prev(kFirstPrev);
    for (std::string& line : all) {
        const size_t at = line.find("\"prev\":\"") + 8;
        line.replace(at, 64, prev);
        prev = chain_hash(line);
    }
    return all;
}

TEST_F(Checkpoints, StandAfterEvery1024LinesAndAtTheEnd) {
    write(2500);
    EXPECT_EQ(checkpoint_places(), (std::vector<uint64_t>{1024, 2049, 2502}));
    const Verification result = verified();
    EXPECT_EQ(result.verdict, Verdict::kWhole) << result.problem;
    EXPECT_EQ(result.checkpoints, 3u);
    EXPECT_EQ(result.signed_lines, 2502u);
}

TEST_F(Checkpoints, ARestartGoesOnWithTheTree) {
    for (const uint64_t count : {1, 5, 1100, 0, 3}) write(count);
    const Verification result = verified();
    EXPECT_EQ(result.verdict, Verdict::kWhole) << result.file << ":" << result.line << " " << result.problem;
    EXPECT_EQ(result.records, 1109u + result.checkpoints);
    EXPECT_EQ(result.signed_lines, result.records - 1);
}

TEST_F(Checkpoints, AreTheLastLineOfAFullSegment) {
    write(3000, 64 << 10);
    const std::vector<Segment> all = segments();
    ASSERT_GT(all.size(), 3u);
    for (const Segment& segment : all) EXPECT_TRUE(is_checkpoint(lines_of(bytes_of_file(segment.path)).back())) << segment.path;
    EXPECT_EQ(verified().verdict, Verdict::kWhole);
    // A part of the trail is taken up at its first checkpoint.
    auto part = verify({all[1].path, all[2].path}, {*read_keys(trail()), {}});
    ASSERT_TRUE(part);
    EXPECT_EQ(part->verdict, Verdict::kWhole) << part->problem;
    EXPECT_GT(part->signed_lines, 0u);
}

TEST_F(Checkpoints, FindATrailThatWasMadeAnew) {
    write(1500);
    auto all = lines();
    all[700].replace(all[700].find("\"allow\""), 7, "\"deny\"");
    replace_all(rechained(all));
    const Verification result = verified();
    EXPECT_EQ(result.verdict, Verdict::kTampered);
    EXPECT_EQ(result.line, 1025u) << result.problem;
    EXPECT_EQ(verify({trail()})->verdict, Verdict::kTampered) << "the root alone says so";
}

TEST_F(Checkpoints, FindASignatureThatIsNotTheirs) {
    write(10);
    const Witness stranger{{Signer::make(*SigningKey::make(), "remit/h1")->verifier()}, {}};
    EXPECT_EQ(verified(stranger).verdict, Verdict::kTampered);
}

TEST_F(Checkpoints, ProveTheSameOfATrailWhoseOldestSegmentsWereLetGo) {
    write(6000, 64 << 10);
    const uint64_t size = checkpoint_places().back();
    std::map<uint64_t, std::string> whole;
    for (uint64_t seq = 0; seq < size; seq += 53) whole[seq] = proof_text(*prove(trail(), seq, size));
    const std::vector<Segment> all = segments();
    ASSERT_GT(all.size(), 4u);
    for (const size_t gone : {size_t{0}, size_t{1}, all.size() / 2}) {
        for (size_t i = 0; i <= gone; i++) std::filesystem::remove(all[i].path);
        const uint64_t begin = all[gone + 1].first_seq;
        const std::vector<std::string> kept = lines();
        const auto first = begin + static_cast<uint64_t>(std::ranges::find_if(kept, is_checkpoint) - kept.begin());
        for (const auto& [seq, proof] : whole) {
            const auto again = prove(trail(), seq, size);
            if (seq >= first) {
                ASSERT_TRUE(again) << seq << " " << again.error().message;
                EXPECT_EQ(proof_text(*again), proof);
                continue;
            }
            ASSERT_FALSE(again) << seq;
            EXPECT_EQ(again.error().code, Code::kMissing);
            const std::string wanted = seq < begin ? "was let go" : "takes the lines before line " + std::to_string(begin);
            EXPECT_NE(again.error().message.find(wanted), std::string::npos) << again.error().message;
        }
    }
}

TEST_F(Checkpoints, KeptElsewhereFindACutEnd) {
    write(1500);
    const auto note = last_checkpoint(trail());
    ASSERT_TRUE(note) << note.error().message;
    const auto keys = *read_keys(trail());
    const Witness witness{keys, open_note(*note, keys)->checkpoint};
    EXPECT_EQ(verified(witness).verdict, Verdict::kWhole);
    write(7);
    EXPECT_EQ(verified(witness).verdict, Verdict::kWhole) << "a trail that grew still holds the lines";
    auto all = lines();
    all.resize(1200);
    replace_all(all);
    EXPECT_EQ(verified().verdict, Verdict::kWhole) << "the chain alone does not see it";
    const Verification cut = verified(witness);
    EXPECT_EQ(cut.verdict, Verdict::kTampered);
    EXPECT_NE(cut.problem.find("kept elsewhere"), std::string::npos) << cut.problem;
}

TEST_F(Checkpoints, AreNotLookedForWhereThereIsNothingToBeSeen) {
    std::filesystem::create_symlink("loop", folder_ + "/loop");
    for (const char* name : {"/none", "/loop", "/none/below"}) {
        auto keys = read_keys_beside({folder_ + name});
        ASSERT_FALSE(keys) << name;
        EXPECT_TRUE(keys.error().message.starts_with("open " + folder_ + name)) << keys.error().message;
        EXPECT_NE(keys.error().hint, "");
    }
}

TEST_F(Checkpoints, ANewKeyIsAddedAndSaid) {
    write(3);
    std::filesystem::remove(folder_ + "/state/trail.key");
    auto second = open_key(folder_ + "/state/trail.key", "remit/h1", trail());
    ASSERT_TRUE(second && second->change);
    EXPECT_EQ(second->change->before, read_keys(trail())->front().text());
    EXPECT_EQ(second->change->key, second->signer.verifier().text());
    EXPECT_FALSE(open_key(folder_ + "/state/trail.key", "remit/h1", trail())->change);
    write(3);
    EXPECT_EQ(verified().verdict, Verdict::kWhole);
    struct stat info {};
    ASSERT_EQ(stat((folder_ + "/state/trail.key").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(Checkpoints, ProveEachLineUnderThem) {
    write(1030);
    for (const uint64_t seq : {0, 1, 511, 512, 1023, 1024, 1030}) {
        auto proof = prove(trail(), seq, {});
        ASSERT_TRUE(proof) << proof.error().message;
        EXPECT_EQ(proof->line, lines()[seq]);
        EXPECT_TRUE(proof_text(*proof).starts_with("c2sp.org/tlog-proof@v1\nindex " + std::to_string(seq) + "\n"));
        EXPECT_EQ(open_note(proof->note, {})->checkpoint.size, seq < 1024 ? 1024u : 1031u);
    }
    EXPECT_EQ(open_note(prove(trail(), 3, 1031)->note, {})->checkpoint.size, 1031u);
    EXPECT_EQ(prove(trail(), 1031, {}).error().code, Code::kMissing) << "nothing stands behind the last checkpoint";
    EXPECT_EQ(prove(trail(), 3, 77).error().code, Code::kMissing);
}

}  // namespace
}  // namespace remit::trail
