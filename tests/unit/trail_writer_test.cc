#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "trail/verify.h"
#include "trail/writer.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

using nlohmann::json;

class WriterTest : public TrailFolder {
protected:
    WriterOptions options() const { return {.folder = folder_ + "/trail", .host = "h1", .boot = "boot-1"}; }
    std::unique_ptr<Writer> open(const WriterOptions& options) {
        auto writer = Writer::open(options);
        EXPECT_TRUE(writer) << writer.error().message;
        return writer ? std::move(*writer) : nullptr;
    }
    std::vector<Segment> segments() const { return *list_segments(folder_ + "/trail"); }
    std::vector<std::string> all_lines() const {
        std::vector<std::string> lines;
        for (const Segment& segment : segments())
            for (std::string& line : lines_of(bytes_of_file(segment.path))) lines.push_back(std::move(line));
        return lines;
    }
    Verification verified() const {
        auto result = verify({folder_ + "/trail"});
        EXPECT_TRUE(result);
        return *result;
    }
};

TEST_F(WriterTest, ChainsWhatItIsGiven) {
    auto writer = open(options());
    EXPECT_EQ(writer->recovery().next_seq, 0u);
    EXPECT_TRUE(writer->recovery().new_boot);
    for (const Record& record : examples()) EXPECT_TRUE(writer->submit(record));
    ASSERT_TRUE(writer->flush());
    const auto lines = all_lines();
    ASSERT_EQ(lines.size(), examples().size());
    std::string prev{kFirstPrev};
    for (size_t i = 0; i < lines.size(); ++i) {
        const json line = json::parse(lines[i]);
        EXPECT_EQ(line["seq"], i);
        EXPECT_EQ(line["prev"], prev);
        EXPECT_EQ(line["host"], "h1");
        EXPECT_EQ(line["boot"], "boot-1");
        prev = chain_hash(lines[i]);
    }
    EXPECT_EQ(verified().verdict, Verdict::kWhole);
    EXPECT_EQ(writer->status().next_seq, lines.size());
    EXPECT_EQ(writer->status().file, segments()[0].path);
}

TEST_F(WriterTest, KeepsOthersOut) {
    auto writer = open(options());
    ASSERT_TRUE(writer->submit(a_crossing(0, 0)));
    ASSERT_TRUE(writer->flush());
    struct stat info {};
    ASSERT_EQ(stat((folder_ + "/trail").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0750u);
    ASSERT_EQ(stat(segments()[0].path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0640u);
    const auto second = Writer::open(options());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("another daemon"), std::string::npos) << second.error().message;
    EXPECT_FALSE(second.error().hint.empty());
}

TEST_F(WriterTest, TellsTheTimeOfTheEvent) {
    auto writer = open(options());
    Record record = a_crossing(0, 0);
    record.boot_ns = boot_ns();
    const std::string before = format_time(wall_ns() - 1'000'000);
    ASSERT_TRUE(writer->submit(record));
    const std::string after = format_time(wall_ns() + 1'000'000);
    ASSERT_TRUE(writer->flush());
    const json line = json::parse(all_lines()[0]);
    EXPECT_LE(before, line["ts"].get<std::string>());
    EXPECT_GE(after, line["ts"].get<std::string>());
}

TEST_F(WriterTest, WritesWhatIsLeftWhenItGoes) {
    for (int round = 0; round < 3; ++round) {
        auto writer = open(options());
        EXPECT_EQ(writer->recovery().new_boot, round == 0);
        for (uint64_t n = 0; n < 100; ++n) ASSERT_TRUE(writer->submit(a_crossing(0, n)));
    }
    EXPECT_EQ(verified().records, 300u);
    EXPECT_EQ(verified().verdict, Verdict::kWhole);
    EXPECT_EQ(segments().size(), 1u);
}

TEST_F(WriterTest, RotatesBySize) {
    auto with = options();
    with.segment_bytes = 20'000;
    {
        auto writer = open(with);
        for (uint64_t n = 0; n < 500; ++n) {
            ASSERT_TRUE(writer->submit(a_crossing(0, n)));
            if (n % 50 == 0) {
                ASSERT_TRUE(writer->flush());
            }
        }
    }
    EXPECT_GT(segments().size(), 2u);
    const auto result = verified();
    EXPECT_EQ(result.verdict, Verdict::kWhole) << result.problem;
    EXPECT_EQ(result.records, 500u);
    EXPECT_EQ(result.segments, segments().size());
    for (const Segment& segment : segments()) {
        const json first = json::parse(lines_of(bytes_of_file(segment.path))[0]);
        EXPECT_EQ(first["seq"], segment.first_seq);
    }
}

// A crash may cut the file anywhere: what is left of the last line goes, and the chain goes on behind the last whole one.
TEST_F(WriterTest, MendsAFileCutAtEveryByteOfItsLastTwoLines) {
    {
        auto writer = open(options());
        for (uint64_t n = 0; n < 4; ++n) ASSERT_TRUE(writer->submit(a_crossing(0, n)));
    }
    const std::string path = segments()[0].path;
    const std::string whole = bytes_of_file(path);
    const auto lines = lines_of(whole);
    const size_t two_lines = lines[2].size() + lines[3].size() + 2;
    for (size_t cut = 0; cut <= two_lines; ++cut) {
        SCOPED_TRACE(cut);
        const std::string left = whole.substr(0, whole.size() - cut);
        put_file(path, left);
        const size_t kept = size_t(std::count(left.begin(), left.end(), '\n'));
        {
            auto writer = open(options());
            EXPECT_EQ(writer->recovery().next_seq, kept);
            EXPECT_EQ(writer->recovery().torn_bytes, left.size() - (left.rfind('\n') + 1));
            EXPECT_EQ(writer->recovery().torn_file, writer->recovery().torn_bytes > 0 ? path : "");
            ASSERT_TRUE(writer->submit(a_crossing(0, 9)));
        }
        const auto result = verified();
        ASSERT_EQ(result.verdict, Verdict::kWhole) << result.problem;
        ASSERT_EQ(result.records, kept + 1);
    }
}

TEST_F(WriterTest, GoesOnBehindASegmentThatACrashLeftEmpty) {
    auto with = options();
    with.segment_bytes = 1;
    {
        auto writer = open(with);
        for (uint64_t n = 0; n < 3; ++n) {
            ASSERT_TRUE(writer->submit(a_crossing(0, n)));
            ASSERT_TRUE(writer->flush());
        }
    }
    ASSERT_EQ(segments().size(), 3u);
    put_file(segments()[2].path, R"({"v":1,"se)");
    {
        auto writer = open(with);
        EXPECT_EQ(writer->recovery().next_seq, 2u);
        EXPECT_EQ(writer->recovery().torn_bytes, 10u);
        EXPECT_FALSE(writer->recovery().new_boot);
        ASSERT_TRUE(writer->submit(a_crossing(0, 2)));
    }
    EXPECT_EQ(segments().size(), 3u);
    EXPECT_EQ(verified().verdict, Verdict::kWhole) << verified().problem;
}

TEST_F(WriterTest, DoesNotGoOnBehindALineThatIsNoRecord) {
    {
        auto writer = open(options());
        ASSERT_TRUE(writer->submit(a_crossing(0, 0)));
    }
    put_file(segments()[0].path, "hello\n");
    const auto writer = Writer::open(options());
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().code, Code::kBadData);
    EXPECT_NE(writer.error().hint.find("trail verify"), std::string::npos);
}

TEST_F(WriterTest, CountsWhatTheQueueCannotTake) {
    auto with = options();
    with.queue_records = 0;  // no room for crossings, only the reserve
    auto writer = open(with);
    EXPECT_FALSE(writer->submit(a_crossing(0, 0)));
    EXPECT_FALSE(writer->submit(a_crossing(0, 1)));
    EXPECT_TRUE(writer->submit(examples()[0])) << "lifecycle has a reserve";
    ASSERT_TRUE(writer->flush());
    EXPECT_EQ(writer->status().refused, 2u);
    EXPECT_EQ(all_lines().size(), 1u);
}

TEST_F(WriterTest, HandsLinesToWatchers) {
    auto writer = open(options());
    ASSERT_TRUE(writer->submit(a_crossing(0, 0)));
    ASSERT_TRUE(writer->flush());
    writer->watch(true);
    ASSERT_TRUE(writer->submit(example_connect()));
    pollfd ready{writer->ready_fd(), POLLIN, 0};
    ASSERT_EQ(poll(&ready, 1, 10'000), 1);
    std::vector<std::string> lines;
    writer->drain(
        [&](const Record& record, const std::string& line) {
            EXPECT_EQ(record.tool, "deploy");
            lines.push_back(line);
        },
        [](const Record&) { FAIL(); });
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_EQ(lines[0], all_lines()[1]);
    EXPECT_EQ(poll(&ready, 1, 0), 0) << "drained";
}

// A disk that is full: the file-size limit stands for it (EFBIG in the middle of a write).
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit now{bytes, before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &now);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;
    ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

TEST_F(WriterTest, AFailedWriteLosesWholeRecordsAndSaysWhich) {
    auto writer = open(options());
    Ledger ledger;
    const uint64_t totals[] = {60};
    std::vector<uint64_t> lost;
    const auto drain = [&] {
        writer->drain([](const Record&, const std::string&) {},
                      [&](const Record& record) {
                          lost.push_back(*record.n);
                          ledger.unclaim(0, {*record.n, *record.n}, 1);
                      });
    };
    const auto submit = [&](uint64_t from, uint64_t to) {
        for (uint64_t n = from; n < to; ++n) {
            ASSERT_TRUE(ledger.claim(0, n, 1));
            ASSERT_TRUE(writer->submit(a_crossing(0, n)));
        }
    };
    submit(0, 20);
    ASSERT_TRUE(writer->flush());
    {
        const FullDisk full(std::filesystem::file_size(segments()[0].path) + 100);
        submit(20, 40);
        const auto flushed = writer->flush();
        ASSERT_FALSE(flushed);
        EXPECT_NE(flushed.error().message.find("File too large"), std::string::npos) << flushed.error().message;
        EXPECT_TRUE(writer->status().failed);
        EXPECT_EQ(verified().verdict, Verdict::kWhole) << "nothing partial is left";
    }
    drain();
    EXPECT_EQ(lost.size(), 20u);
    EXPECT_EQ(writer->status().lost, 20u);
    submit(40, 60);
    for (const Gap& gap : ledger.settle(totals, 1, 0)) ASSERT_TRUE(writer->submit(record_of(gap)));
    ASSERT_TRUE(writer->flush());
    EXPECT_FALSE(writer->status().failed);
    EXPECT_FALSE(writer->status().error.empty()) << "it stays to be told";
    const auto result = verified();
    EXPECT_EQ(result.verdict, Verdict::kWhole) << result.problem;
    EXPECT_EQ(result.crossings, 40u);
    EXPECT_EQ(result.gaps, 20u);
}

// Its numbers would say that the lost ones stand in the trail.
TEST_F(WriterTest, AHooksRecordIsNotWrittenBehindALossThatItsMakerHasNotSeen) {
    auto writer = open(options());
    ASSERT_TRUE(writer->submit(a_crossing(0, 0)));
    ASSERT_TRUE(writer->flush());
    const Record hooks = examples()[2];
    ASSERT_EQ(hooks.kind, Kind::kHooks);
    {
        const FullDisk full(std::filesystem::file_size(segments()[0].path) + 10);
        ASSERT_TRUE(writer->submit(a_crossing(0, 1)));
        ASSERT_FALSE(writer->flush());
    }
    ASSERT_TRUE(writer->submit(hooks));
    EXPECT_FALSE(writer->flush()) << "nothing was written since";
    EXPECT_EQ(all_lines().size(), 1u);
    std::vector<Kind> lost;
    writer->drain([](const Record&, const std::string&) {}, [&](const Record& record) { lost.push_back(record.kind); });
    EXPECT_EQ(lost, (std::vector<Kind>{Kind::kCrossing, Kind::kHooks}));
    ASSERT_TRUE(writer->submit(hooks));
    ASSERT_TRUE(writer->flush());
    EXPECT_EQ(all_lines().size(), 2u);
}

}  // namespace
}  // namespace remit::trail
