#include "trail/verify.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

class Verify : public TrailFolder {
protected:
    // Three segments of the example lines and some crossings, made without the writer.
    void SetUp() override {
        TrailFolder::SetUp();
        auto records = examples();
        ASSERT_LT(records.size(), 30u);
        while (records.size() < 30) records.push_back(a_crossing(0, records.size()));
        lines_ = chained(records);
        write();
    }
    void write() {
        for (const size_t first : {0, 10, 20}) {
            std::string bytes;
            for (size_t i = first; i < first + 10; ++i) bytes += lines_[i] + "\n";
            put_file(path(first), bytes);
        }
    }
    std::string path(size_t first) const {
        return folder_ + "/20261124T09310" + std::to_string(first / 10) + "Z-" + std::to_string(first) + ".jsonl";
    }
    Verification run() const {
        auto result = verify({folder_});
        EXPECT_TRUE(result);
        return *result;
    }
    std::vector<std::string> lines(size_t first) const { return lines_of(bytes_of_file(path(first))); }
    void put(size_t first, const std::vector<std::string>& lines) const {
        std::string bytes;
        for (const std::string& line : lines) bytes += line + "\n";
        put_file(path(first), bytes);
    }

    std::vector<std::string> lines_;
};

TEST_F(Verify, AWholeTrail) {
    const auto result = run();
    EXPECT_EQ(result.verdict, Verdict::kWhole) << result.problem;
    EXPECT_EQ(result.records, 30u);
    EXPECT_EQ(result.segments, 3u);
    EXPECT_EQ(result.first_seq, 0u);
    EXPECT_EQ(result.last_seq, 29u);
    EXPECT_EQ(result.first_ts, "2026-11-24T09:31:02.123456789Z");
    EXPECT_EQ(result.crossings, 8u + 5u);
    EXPECT_EQ(result.gaps, 11u);
    EXPECT_GT(result.bytes, 10000u);
}

TEST_F(Verify, SomeFilesOfIt) {
    EXPECT_EQ(verify({path(10), path(20)})->verdict, Verdict::kWhole);
    EXPECT_EQ(verify({path(20), path(10), path(0)})->verdict, Verdict::kWhole) << "in any order";
    EXPECT_EQ(verify({path(0), path(20)})->verdict, Verdict::kSegmentMissing);
    EXPECT_EQ(verify({folder_, path(20)})->verdict, Verdict::kWhole);
}

// The one that has no witness is the very last line: there, only what breaks its form shows.
TEST_F(Verify, AFlippedByteAnywhere) {
    for (const size_t first : {0, 10, 20}) {
        const std::string whole = bytes_of_file(path(first));
        size_t line = 1;
        for (size_t at = 0; at < whole.size(); ++at) {
            const size_t its_line = line;
            if (whole[at] == '\n') ++line;
            if (first == 20 && its_line >= 9) break;
            if (at % 7 != 0 && whole[at] != '\n') continue;  // some of each line, and every line feed
            std::string flipped = whole;
            flipped[at] = char(flipped[at] ^ 1 << at % 5);
            put_file(path(first), flipped);
            const auto result = run();
            ASSERT_EQ(result.verdict, Verdict::kTampered) << first << " byte " << at << ": " << result.problem;
            EXPECT_EQ(result.file, path(first));
            EXPECT_EQ(result.line, its_line) << first << " byte " << at << ": " << result.problem;
        }
        put_file(path(first), whole);
    }
}

TEST_F(Verify, AnAlteredLineHasBothHashes) {
    auto altered = lines(10);
    const std::string was = chain_hash(altered[3]);
    altered[3].replace(altered[3].find("\"h1\""), 4, "\"h2\"");
    put(10, altered);
    const auto result = run();
    EXPECT_EQ(result.verdict, Verdict::kTampered);
    EXPECT_EQ(result.file, path(10));
    EXPECT_EQ(result.line, 4u);
    EXPECT_EQ(result.expected_hash, was);
    EXPECT_EQ(result.found_hash, chain_hash(altered[3]));
}

TEST_F(Verify, TheLastLinesFormIsChecked) {
    auto altered = lines(20);
    altered.back().insert(altered.back().size() - 1, "\"");
    put(20, altered);
    EXPECT_EQ(run().verdict, Verdict::kTampered);
    EXPECT_EQ(run().line, 10u);
}

TEST_F(Verify, RemovedInsertedAndMovedLines) {
    for (const size_t first : {0, 10, 20})
        for (size_t at = 0; at < 10; ++at) {
            SCOPED_TRACE(std::to_string(first) + " line " + std::to_string(at));
            const auto whole = lines(first);
            auto removed = whole;
            removed.erase(removed.begin() + long(at));
            put(first, removed);
            const bool last_of_segment = at == 9;
            if (first == 20 && last_of_segment)
                EXPECT_EQ(run().verdict, Verdict::kWhole) << "a missing end needs a checkpoint to be seen";
            else
                EXPECT_EQ(run().verdict, last_of_segment ? Verdict::kSegmentMissing : Verdict::kTampered);
            auto inserted = whole;
            inserted.insert(inserted.begin() + long(at), whole[at]);
            put(first, inserted);
            EXPECT_EQ(run().verdict, Verdict::kTampered);
            EXPECT_EQ(run().file, path(first));
            EXPECT_EQ(run().line, at + 2);
            if (at > 0) {
                auto moved = whole;
                std::swap(moved[at - 1], moved[at]);
                put(first, moved);
                EXPECT_EQ(run().verdict, Verdict::kTampered);
                EXPECT_EQ(run().line, at);
            }
            put(first, whole);
        }
}

TEST_F(Verify, AForgedLineWithTheRightSeqAndPrev) {
    auto forged = lines(10);
    std::string line;
    append_line(line, a_crossing(3, 3), {14, chain_hash(forged[3]), 0, "h1", "b"});
    const std::string was = chain_hash(forged[4]);
    forged[4] = line;
    put(10, forged);
    const auto result = run();
    EXPECT_EQ(result.verdict, Verdict::kTampered);
    EXPECT_EQ(result.line, 5u);
    EXPECT_EQ(result.expected_hash, was);
}

TEST_F(Verify, ATruncatedFile) {
    const std::string whole = bytes_of_file(path(20));
    put_file(path(20), whole.substr(0, whole.size() - 5));
    const auto result = run();
    EXPECT_EQ(result.verdict, Verdict::kTampered);
    EXPECT_EQ(result.line, 10u);
    EXPECT_NE(result.problem.find("cut off"), std::string::npos);
    put_file(path(20), whole);
    const std::string middle = bytes_of_file(path(10));
    put_file(path(10), middle.substr(0, middle.size() - 5));
    EXPECT_EQ(run().verdict, Verdict::kTampered);
    EXPECT_EQ(run().file, path(10));
    put_file(path(10), "");
    EXPECT_EQ(run().verdict, Verdict::kSegmentMissing);
}

TEST_F(Verify, AMissingSegment) {
    std::filesystem::remove(path(10));
    auto result = run();
    EXPECT_EQ(result.verdict, Verdict::kSegmentMissing);
    EXPECT_EQ(result.file, path(20));
    EXPECT_NE(result.problem.find("lines 10 to 19"), std::string::npos) << result.problem;
    std::filesystem::remove(path(0));
    EXPECT_EQ(run().verdict, Verdict::kSegmentMissing) << "the beginning";
}

TEST_F(Verify, WhatIsNoTrail) {
    put_file(folder_ + "/other.txt", "hello\nworld\n");
    EXPECT_EQ(verify({folder_ + "/other.txt"})->verdict, Verdict::kMalformed);
    put_file(folder_ + "/other.txt", "hello");
    EXPECT_EQ(verify({folder_ + "/other.txt"})->verdict, Verdict::kMalformed);
    put_file(folder_ + "/other.txt", "{}\n");
    EXPECT_EQ(verify({folder_ + "/other.txt"})->verdict, Verdict::kMalformed);
    EXPECT_EQ(verify({folder_ + "/none"}).error().code, Code::kMissing);
    std::filesystem::create_directory(folder_ + "/empty");
    EXPECT_EQ(verify({folder_ + "/empty"}).error().code, Code::kMissing);
}

}  // namespace
}  // namespace remit::trail
