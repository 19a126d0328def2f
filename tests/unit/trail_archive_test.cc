#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "trail/archive.h"
#include "trail/lines.h"
#include "trail/quota.h"
#include "trail/verify.h"
#include "trail/writer.h"
#include "trail/zstd.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

class ArchiveTest : public TrailFolder {
protected:
    std::vector<Segment> segments() const {
        auto listed = list_segments(folder_);
        EXPECT_TRUE(listed);
        return listed ? *std::move(listed) : std::vector<Segment>();
    }
    size_t compressed() const {
        const auto all = segments();
        return size_t(std::count_if(all.begin(), all.end(), [](const Segment& each) { return each.path.ends_with(".zst"); }));
    }
    // A trail of so many segments with ten lines each, which begin a minute after each other, the last one now.
    std::vector<std::string> write_trail(size_t count) {
        std::vector<Record> records;
        for (uint64_t n = 0; n < count * 10; ++n) records.push_back(a_crossing(0, n));
        const auto lines = chained(records);
        for (size_t i = 0; i < count; ++i) {
            std::string bytes;
            for (size_t line = i * 10; line < i * 10 + 10; ++line) bytes += lines[line] + "\n";
            put_file(folder_ + "/" + segment_name(wall_ns() - (count - 1 - i) * 60 * kSecondNs, i * 10), bytes);
        }
        return lines;
    }
    std::vector<std::string> read_lines() const {
        std::vector<std::string> lines;
        for (const Segment& segment : segments()) {
            auto source = LineSource::open(segment.path);
            std::string_view line;
            while (source->next(line).value()) lines.emplace_back(line);
        }
        return lines;
    }
    template <typename Condition>
    static void wait_for(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        ASSERT_TRUE(condition());
    }
    static Result<void> nothing_goes(const PrunedSegment&) {
        ADD_FAILURE() << "a segment was let go";
        return {};
    }
};

TEST_F(ArchiveTest, CompressesAllButTheNewestTwo) {
    const auto lines = write_trail(5);
    {
        const Archive archive(folder_, {}, nothing_goes);
        wait_for([&] { return compressed() == 3; });
    }
    EXPECT_EQ(segments().size(), 5u);
    EXPECT_EQ(read_lines(), lines);
    const auto result = verify({folder_});
    EXPECT_EQ(result->verdict, Verdict::kWhole) << result->problem;
    EXPECT_EQ(result->records, 50u);
    EXPECT_EQ(std::filesystem::status(segments()[0].path).permissions(), std::filesystem::perms(0640));
}

TEST_F(ArchiveTest, IsReadWhereItWasCutOffInBetween) {
    const auto lines = write_trail(3);
    const std::string first = segments()[0].path;
    ASSERT_TRUE(compress_file(first, first + ".zst"));  // and the daemon died before it removed the other
    put_file(first + ".zst.part", "what an earlier try left");
    EXPECT_EQ(read_lines(), lines);
    auto source = LineSource::open(first);
    ASSERT_TRUE(source);
    std::filesystem::remove(first);  // now it is archived, and a reader that had listed the folder asks for the other name
    EXPECT_TRUE(LineSource::open(first));
    EXPECT_EQ(read_lines(), lines);
}

TEST_F(ArchiveTest, IsTamperedWhereItsBytesWereChangedOrCutOff) {
    const auto lines = write_trail(3);
    const std::string first = segments()[0].path;
    ASSERT_TRUE(compress_file(first, first + ".zst"));
    std::filesystem::remove(first);
    const std::string bytes = bytes_of_file(first + ".zst");
    size_t altered_ones = 0;
    for (size_t at = 4; at < bytes.size(); at += 7) {
        std::string altered = bytes;
        altered[at] = char(altered[at] ^ 0x20);
        put_file(first + ".zst", altered);
        const auto result = verify({folder_});
        ASSERT_TRUE(result);
        if (result->verdict == Verdict::kWhole)
            EXPECT_EQ(read_lines(), lines) << "byte " << at;  // a bit that stands for nothing
        else
            altered_ones++;
    }
    EXPECT_GT(altered_ones, bytes.size() / 10);
    put_file(first + ".zst", bytes.substr(0, bytes.size() - 9));
    const auto result = verify({folder_});
    EXPECT_EQ(result->verdict, Verdict::kTampered);
    EXPECT_NE(result->problem.find("cut off"), std::string::npos) << result->problem;
}

TEST_F(ArchiveTest, LetsTheOldGoAndSaysWhatWentBefore) {
    const auto lines = write_trail(6);
    std::vector<PrunedSegment> gone;
    {
        const Archive archive(folder_, {.bytes = 0, .age_ns = 150 * kSecondNs}, [&](const PrunedSegment& segment) {
            EXPECT_TRUE(std::filesystem::exists(folder_ + "/" + segment.file)) << "gone before it was on record";
            gone.push_back(segment);
            return Result<void>();
        });
        wait_for([&] { return segments().size() == 4; });  // the second one ended 180 s ago, the third 120 s
    }
    ASSERT_EQ(gone.size(), 2u);
    EXPECT_EQ(gone[1].first_seq, 10u);
    EXPECT_EQ(gone[1].last_seq, 19u);
    EXPECT_EQ(gone[1].last_hash, chain_hash(lines[19]));
    EXPECT_EQ(verify({folder_})->verdict, Verdict::kSegmentMissing);  // as nobody wrote it
}

TEST_F(ArchiveTest, KeepsWhatCouldNotBePutOnRecord) {
    write_trail(4);
    const Archive archive(folder_, {.bytes = 1, .age_ns = 0}, [](const PrunedSegment&) { return Error{Code::kInternal, "no room", ""}; });
    wait_for([&] { return archive.error() == "no room"; });
    EXPECT_EQ(segments().size(), 4u);
}

TEST_F(ArchiveTest, OfAWriterVerifiesOverAgeSizeAndRetention) {
    const WriterOptions options{.folder = folder_,
                                .host = "h1",
                                .boot = "boot-1",
                                .segment_bytes = 20'000,
                                .segment_ns = 3600 * kSecondNs,
                                .keep = {.bytes = 40'000}};
    {
        auto writer = Writer::open(options);
        ASSERT_TRUE(writer);
        for (uint64_t n = 0; n < 600; ++n) {
            ASSERT_TRUE((*writer)->submit(a_crossing(0, n)));
            if (n % 40 == 0) {
                ASSERT_TRUE((*writer)->flush());
            }
        }
        ASSERT_TRUE((*writer)->flush());
        wait_for([&] { return segments().front().first_seq > 100 && compressed() + 2 >= segments().size(); });
    }
    auto result = verify({folder_});
    EXPECT_EQ(result->verdict, Verdict::kWhole) << result->problem;
    EXPECT_GT(result->pruned_lines, 0u);
    std::filesystem::remove(segments().front().path);
    result = verify({folder_});
    EXPECT_EQ(result->verdict, Verdict::kSegmentMissing) << result->problem;
}

TEST_F(ArchiveTest, ASegmentOfAgeEndsWithTheWriteThatFindsItSo) {
    const auto lines = chained({a_crossing(0, 0)});
    const std::string old = folder_ + "/" + segment_name(wall_ns() - 2 * 3600 * kSecondNs, 0);
    put_file(old, lines[0] + "\n");
    const WriterOptions options{.folder = folder_, .host = "h1", .boot = "boot-1", .segment_ns = 3600 * kSecondNs};
    auto writer = Writer::open(options);
    ASSERT_TRUE(writer);
    for (uint64_t n = 1; n < 4; ++n) {
        ASSERT_TRUE((*writer)->submit(a_crossing(0, n)));
        ASSERT_TRUE((*writer)->flush());
    }
    ASSERT_EQ(segments().size(), 2u);
    EXPECT_EQ(segments()[0].path, old);
    EXPECT_EQ(segments()[1].first_seq, 2u);
    EXPECT_EQ(verify({folder_})->verdict, Verdict::kWhole);
}

TEST_F(ArchiveTest, AWriterGoesOnBehindAnArchivedEnd) {
    const auto lines = write_trail(1);
    const std::string path = segments()[0].path;
    ASSERT_TRUE(compress_file(path, path + ".zst"));
    std::filesystem::remove(path);
    {
        auto writer = Writer::open({.folder = folder_, .host = "h1", .boot = "boot-1"});
        ASSERT_TRUE(writer);
        EXPECT_EQ((*writer)->recovery().next_seq, 10u);
        ASSERT_TRUE((*writer)->submit(a_crossing(0, 10)));
    }
    EXPECT_EQ(verify({folder_})->verdict, Verdict::kWhole);
    EXPECT_EQ(verify({folder_})->records, 11u);
}

class QuotaTest : public TrailFolder {
protected:
    static Record of(const std::string& session, uint64_t n) {
        Record record = a_crossing(0, n);
        auto known = std::make_shared<Session>();
        known->id = session;
        record.session = known;
        return record;
    }
};

TEST_F(QuotaTest, OfOneSessionTakesNothingFromTheOthers) {
    auto writer = Writer::open({.folder = folder_, .host = "h1", .boot = "boot-1", .session_bytes = 10'000});
    ASSERT_TRUE(writer);
    uint64_t taken = 0;
    for (uint64_t n = 0; n < 100; ++n) {
        taken += (*writer)->submit(of("flood", n));
        ASSERT_TRUE((*writer)->flush());
    }
    EXPECT_GT(taken, 10u);
    EXPECT_LT(taken, 40u);
    EXPECT_EQ((*writer)->status().over_quota, 100 - taken);
    EXPECT_TRUE((*writer)->submit(of("quiet", 100)));
    Record first_refusal = of("flood", 101);
    first_refusal.synced = true;
    EXPECT_TRUE((*writer)->submit(first_refusal));
    Record end = of("flood", 0);
    end.kind = Kind::kSessionEnd;
    EXPECT_TRUE((*writer)->submit(end));
    ASSERT_TRUE((*writer)->flush());
    size_t said = 0;
    const auto segments = list_segments(folder_);
    for (const Segment& segment : *segments)
        for (const std::string& line : lines_of(bytes_of_file(segment.path))) said += line.find("trail_quota") != std::string::npos;
    EXPECT_EQ(said, 1u);
    const auto result = verify({folder_});
    EXPECT_EQ(result->verdict, Verdict::kWhole);
    EXPECT_EQ(result->crossings, taken + 2);
}

TEST(Quota, BeginsAnewAfterItsWindow) {
    Quota quota(100);
    EXPECT_FALSE(quota.charge("a", 99, 1));
    EXPECT_TRUE(quota.admits("a", 2));
    EXPECT_TRUE(quota.charge("a", 1, 2));
    EXPECT_FALSE(quota.charge("a", 1, 3));  // said already
    EXPECT_FALSE(quota.admits("a", 3));
    EXPECT_TRUE(quota.admits("b", 3));
    EXPECT_TRUE(quota.admits("a", 1 + Quota::kWindowNs));
    EXPECT_FALSE(quota.charge("a", 99, 1 + Quota::kWindowNs));
    EXPECT_TRUE(quota.admits("a", 2 + Quota::kWindowNs));
    EXPECT_TRUE(Quota(0).admits("a", 1));
}

}  // namespace
}  // namespace remit::trail
