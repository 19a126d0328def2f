#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "trail/gaps.h"

namespace remit::trail {
namespace {

constexpr uint64_t kSoon = 1;
constexpr uint64_t kLater = kSoon + Ledger::kGraceNs;

uint64_t count_of(const std::vector<Gap>& gaps) {
    uint64_t count = 0;
    for (const Gap& gap : gaps) count += gap.numbers.count();
    return count;
}

TEST(Ledger, AHoleIsAGapOnceItsGraceIsOver) {
    Ledger ledger;
    const uint64_t totals[] = {5};
    for (const uint64_t n : {0, 1, 4}) EXPECT_TRUE(ledger.claim(0, n, kSoon));
    EXPECT_TRUE(ledger.settle(totals, kLater - 1).empty());
    const auto gaps = ledger.settle(totals, kLater);
    ASSERT_EQ(gaps.size(), 1u);
    EXPECT_EQ(gaps[0].numbers, (Range{2, 3}));
    EXPECT_TRUE(ledger.settle(totals, kLater * 2).empty()) << "a gap is given out once";
}

TEST(Ledger, NumbersAtTheEndAreMissedByTheTotals) {
    Ledger ledger;
    const uint64_t totals[] = {0, 3};
    EXPECT_TRUE(ledger.claim(1, 0, kSoon));
    EXPECT_TRUE(ledger.settle(totals, kSoon).empty());
    const auto gaps = ledger.settle(totals, kLater);
    ASSERT_EQ(gaps.size(), 1u);
    EXPECT_EQ(gaps[0].cpu, 1u);
    EXPECT_EQ(gaps[0].numbers, (Range{1, 2}));
}

TEST(Ledger, OrderDoesNotMatter) {
    Ledger ledger;
    const uint64_t totals[] = {4};
    for (const uint64_t n : {3, 1, 0, 2}) EXPECT_TRUE(ledger.claim(0, n, kSoon));
    EXPECT_TRUE(ledger.settle(totals, kLater, 0).empty());
}

TEST(Ledger, NoNumberIsRecordedTwice) {
    Ledger ledger;
    const uint64_t totals[] = {3};
    EXPECT_TRUE(ledger.claim(0, 2, kSoon));
    EXPECT_FALSE(ledger.claim(0, 2, kSoon));
    EXPECT_TRUE(ledger.claim(0, 1, kSoon));
    EXPECT_EQ(count_of(ledger.settle(totals, kLater)), 1u);
    EXPECT_FALSE(ledger.claim(0, 0, kLater)) << "a gap stands for it";
}

TEST(Ledger, WhatCouldNotBeWrittenIsMissingAgain) {
    Ledger ledger;
    const uint64_t totals[] = {10};
    for (uint64_t n = 0; n < 10; ++n) EXPECT_TRUE(ledger.claim(0, n, kSoon));
    ledger.unclaim(0, {3, 3}, kSoon);
    ledger.unclaim(0, {4, 4}, kSoon);
    EXPECT_EQ(ledger.state(totals)[0].missing, (std::vector<Range>{{3, 4}})) << "neighbours are one";
    auto gaps = ledger.settle(totals, kSoon);
    ASSERT_EQ(gaps.size(), 1u) << "it does not wait for what cannot come";
    EXPECT_EQ(gaps[0].numbers, (Range{3, 4}));
    ledger.unclaim(0, gaps[0].numbers, kSoon);
    EXPECT_EQ(ledger.settle(totals, kSoon)[0].numbers, (Range{3, 4}));
    EXPECT_TRUE(ledger.settle(totals, kLater).empty());
}

TEST(Ledger, MemoryIsBounded) {
    Ledger ledger;
    const uint64_t totals[] = {20000};
    for (uint64_t n = 1; n < 20000; n += 2) EXPECT_TRUE(ledger.claim(0, n, kSoon));
    const auto gaps = ledger.settle(totals, kSoon);  // within the grace
    EXPECT_EQ(gaps.size(), 10000 - Ledger::kMostHoles);
    EXPECT_EQ(gaps[0].numbers, (Range{0, 0})) << "the oldest go first";
    EXPECT_EQ(ledger.state(totals)[0].missing.size(), Ledger::kMostHoles);
}

TEST(Ledger, GoesOnFromItsState) {
    Ledger before;
    const uint64_t totals[] = {10, 7};
    for (const uint64_t n : {0, 1, 5, 6}) EXPECT_TRUE(before.claim(0, n, kSoon));
    const auto state = before.state(totals);
    ASSERT_EQ(state.size(), 2u);
    EXPECT_EQ(state[0], (CpuNumbers{0, 10, 7, {{2, 4}}}));
    EXPECT_EQ(state[1], (CpuNumbers{1, 7, 0, {}}));
    Ledger after;
    after.restore(state, kSoon);
    after.note(0, {3, 3}, kSoon);
    after.note(1, {0, 5}, kSoon);
    after.note(1, {0, 5}, kSoon);
    EXPECT_FALSE(after.claim(0, 5, kSoon));
    EXPECT_EQ(count_of(after.settle(totals, kLater, 0)), 2u + 3u + 1u);
    EXPECT_EQ(after.state(totals)[0], (CpuNumbers{0, 10, 10, {}}));
}

// Numbers are lost, reordered, doubled and taken back; the daemon restarts. Each number ends as a record or in a gap, never both.
class LedgerAtRandom {
public:
    explicit LedgerAtRandom(uint64_t seed) : random_(seed) {}

    void run() {
        for (int step = 0; step < 400; ++step) {
            now_ += random_() % (Ledger::kGraceNs / 8);
            raise();
            deliver();
            if (random_() % 16 == 0) restart();
            settle(Ledger::kGraceNs);
        }
        deliver();
        settle(0);
        for (size_t cpu = 0; cpu < kCpus; ++cpu) ASSERT_EQ(written_[cpu].size(), totals_[cpu]);
    }

private:
    static constexpr size_t kCpus = 3;

    void raise() {
        for (size_t cpu = 0; cpu < kCpus; ++cpu)
            for (uint64_t more = random_() % 20; more > 0; --more) {
                const uint64_t n = totals_[cpu]++;
                if (random_() % 10 != 0) ring_.emplace_back(cpu, n);
            }
    }
    void deliver() {
        std::shuffle(ring_.begin(), ring_.end(), random_);
        for (const auto& [cpu, n] : ring_) {
            if (!ledger_.claim(uint32_t(cpu), n, now_)) {
                ASSERT_TRUE(written_[cpu].contains(n)) << "refused, though nothing stands for it";
                continue;
            }
            if (random_() % 20 == 0)
                ledger_.unclaim(uint32_t(cpu), {n, n}, now_);
            else
                write(cpu, {n, n});
        }
        ring_.clear();
    }
    void settle(uint64_t grace) {
        for (const Gap& gap : ledger_.settle(totals_, now_, grace)) {
            if (grace != 0 && random_() % 10 == 0)
                ledger_.unclaim(gap.cpu, gap.numbers, now_);
            else
                write(gap.cpu, gap.numbers);
        }
    }
    void write(size_t cpu, Range numbers) {
        for (uint64_t n = numbers.first; n <= numbers.last; ++n)
            ASSERT_TRUE(written_[cpu].insert(n).second) << "twice: cpu " << cpu << " n " << n;
        since_hooks_.push_back({uint32_t(cpu), numbers});
    }
    void restart() {
        Ledger next;
        next.restore(hooks_, now_);
        for (const Gap& line : since_hooks_) next.note(line.cpu, line.numbers, now_);
        ledger_ = std::move(next);
        if (random_() % 2 == 0) return;
        hooks_ = ledger_.state(totals_);
        since_hooks_.clear();
    }

    std::mt19937_64 random_;
    Ledger ledger_;
    uint64_t now_ = 1;
    std::vector<uint64_t> totals_ = std::vector<uint64_t>(kCpus);
    std::vector<std::pair<size_t, uint64_t>> ring_;
    std::set<uint64_t> written_[kCpus];
    std::vector<CpuNumbers> hooks_;
    std::vector<Gap> since_hooks_;
};

TEST(Ledger, RecordsAndGapsAreTheKernelsCrossings) {
    const uint64_t base = std::random_device()();
    for (uint64_t i = 0; i < 50; ++i) {
        SCOPED_TRACE("seed " + std::to_string(base + i));
        LedgerAtRandom(base + i).run();
        if (testing::Test::HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace remit::trail
