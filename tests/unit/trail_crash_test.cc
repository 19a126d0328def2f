// A crash may cut what was written at any byte. What was synced is there, the loss is told, and the chain goes on and verifies.
#include <filesystem>

#include "trail/lines.h"
#include "trail/resume.h"
#include "trail/verify.h"
#include "trail/writer.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

constexpr std::string_view kBoot = "boot-1";

class CrashTest : public TrailFolder {
protected:
    void SetUp() override {
        // Thousands of syncs: in memory where there is such a file system.
        std::string name = std::filesystem::exists("/dev/shm") ? "/dev/shm/remit-crash-XXXXXX" : testing::TempDir() + "remit-crash-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }

    WriterOptions options() const {
        return {.folder = folder_, .host = "h1", .boot = std::string(kBoot), .segment_bytes = 1'800, .signer = example_signer()};
    }

    // A trail of a few segments; the state of its numbers stands in its first line.
    void write_trail() {
        auto writer = Writer::open(options());
        ASSERT_TRUE(writer);
        Record hooks;
        hooks.kind = Kind::kHooks;
        hooks.hooks = std::make_shared<Hooks>(Hooks{Ledger().state(std::vector<uint64_t>{0}), {}, "base", false});
        ASSERT_TRUE((*writer)->submit(hooks));
        for (uint64_t n = 0; n < 24; ++n) {
            ASSERT_TRUE((*writer)->submit(a_crossing(0, n)));
            ASSERT_TRUE((*writer)->flush());
        }
    }

    // Goes on behind what a crash left, as a daemon does.
    void go_on(const std::string& where, uint64_t torn_bytes, uint64_t whole_lines) {
        {
            auto writer = Writer::open(options());
            ASSERT_TRUE(writer) << where << ": " << writer.error().message;
            ASSERT_EQ((*writer)->recovery().torn_bytes, torn_bytes) << where;
            ASSERT_EQ((*writer)->recovery().next_seq, whole_lines) << where;
            Ledger ledger;
            ASSERT_TRUE(resume(folder_, kBoot, 1, ledger)) << where;
            const std::vector<uint64_t> totals = {24};
            for (const Gap& gap : ledger.settle(totals, 1, 0)) ASSERT_TRUE((*writer)->submit(record_of(gap)));
        }
        const auto result = verify({folder_}, {.keys = {example_signer().verifier()}, .kept = std::nullopt});
        ASSERT_TRUE(result) << where;
        ASSERT_EQ(result->verdict, Verdict::kWhole) << where << ": " << result->problem;
        ASSERT_EQ(result->crossings + result->gaps, 24u) << where;
    }
};

TEST_F(CrashTest, AtEveryByteOfTheLastTwoSegmentsLosesNothingBeforeItAndGoesOn) {
    write_trail();
    const auto segments = list_segments(folder_);
    ASSERT_GT(segments->size(), 2u);
    std::vector<std::string> whole;
    for (const Segment& segment : *segments) whole.push_back(bytes_of_file(segment.path));
    for (size_t last = segments->size() - 2; last < segments->size(); ++last) {
        for (size_t left = 0; left <= whole[last].size(); ++left) {
            for (const auto& entry : std::filesystem::directory_iterator(folder_)) std::filesystem::remove(entry.path());
            for (size_t i = 0; i < last; ++i) put_file((*segments)[i].path, whole[i]);
            const std::string bytes = whole[last].substr(0, left);
            put_file((*segments)[last].path, bytes);
            const size_t whole_bytes = bytes.rfind('\n') + 1;
            const uint64_t lines = (*segments)[last].first_seq + lines_of(bytes.substr(0, whole_bytes)).size();
            go_on("segment " + std::to_string(last) + " cut to " + std::to_string(left) + " bytes", left - whole_bytes, lines);
            if (HasFatalFailure()) return;
        }
    }
}

TEST_F(CrashTest, AfterCrashLosesOnlyItsOwnTail) {
    // Crash upon crash, each in the middle of what was written last.
    write_trail();
    for (size_t cut = 1; cut < 200; ++cut) {
        const auto segments = list_segments(folder_);
        const std::string bytes = bytes_of_file(segments->back().path);
        const size_t left = bytes.size() - std::min(bytes.size(), cut);
        const size_t feed = left == 0 ? std::string::npos : bytes.rfind('\n', left - 1);
        const uint64_t whole_bytes = feed == std::string::npos ? 0 : feed + 1;
        uint64_t lines = segments->back().first_seq + lines_of(bytes.substr(0, whole_bytes)).size();
        put_file(segments->back().path, bytes.substr(0, left));
        go_on("crash " + std::to_string(cut), left - whole_bytes, lines);
        if (HasFatalFailure()) return;
    }
}

TEST_F(CrashTest, ThatLeftZeroesWhereNothingWasWrittenYetIsATornEnd) {
    write_trail();
    const auto segments = list_segments(folder_);
    const std::string bytes = bytes_of_file(segments->back().path);
    const uint64_t lines = segments->back().first_seq + lines_of(bytes).size();
    put_file(segments->back().path, bytes + std::string(5000, '\0'));
    go_on("zeroes", 5000, lines);
}

}  // namespace
}  // namespace remit::trail
