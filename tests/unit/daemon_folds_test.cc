#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "daemon/folds.h"

namespace remit::daemon {
namespace {

std::shared_ptr<const trail::Session> session_of(const std::string& id, std::vector<std::string> labels = {}) {
    auto session = std::make_shared<trail::Session>();
    session->id = id;
    session->labels = std::move(labels);
    return session;
}

trail::Record connect(uint64_t n, uint16_t port = 443) {
    static const auto session = session_of("a session");
    trail::Record record;
    record.boot_ns = 1000 + n;
    record.cpu = 1;
    record.n = n;
    record.session = session;
    record.process.emplace();
    record.process->pid = 7;
    record.crossing = REMIT_CONNECT;
    record.object = trail::EndpointObject{"tcp", "10.0.0.1", port, "", ""};
    record.verdict = REMIT_ALLOW;
    record.effect = REMIT_PASSED;
    return record;
}

class FoldsTest : public testing::Test {
protected:
    std::vector<trail::Record> given(uint64_t now_ns, bool all = false) {
        std::vector<trail::Record> records;
        folds_.give(now_ns, all, [&](trail::Record record) { records.push_back(std::move(record)); });
        return records;
    }
    Folds folds_;
};

TEST_F(FoldsTest, TheFirstStandsAloneTheRestOfItsSecondIsOne) {
    EXPECT_FALSE(folds_.take(connect(10), 1));
    for (const uint64_t n : {11, 12, 15}) EXPECT_TRUE(folds_.take(connect(n), 2));
    EXPECT_THAT(given(kSecondNs), testing::IsEmpty());
    const auto records = given(1 + kSecondNs);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].count, 3u);
    EXPECT_EQ(records[0].n, 11u);
    EXPECT_EQ(records[0].numbers, (std::vector<trail::Range>{{11, 12}, {15, 15}}));
    EXPECT_EQ(records[0].first_boot_ns, 1011u);
    EXPECT_EQ(records[0].last_boot_ns, 1015u);
    EXPECT_EQ(records[0].boot_ns, 1015u);
    // The flood goes on: one record a second. It ends: the next one stands alone again.
    EXPECT_TRUE(folds_.take(connect(16), 2 + kSecondNs));
    EXPECT_EQ(given(2 + 2 * kSecondNs).size(), 1u);
    EXPECT_THAT(given(3 + 3 * kSecondNs), testing::IsEmpty());
    EXPECT_FALSE(folds_.take(connect(17), 4 + 3 * kSecondNs));
}

TEST_F(FoldsTest, AllAreGivenWhenTheyAreAskedFor) {
    folds_.take(connect(1), 1);
    folds_.take(connect(2), 1);
    const auto records = given(2, true);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].count, 1u);
    EXPECT_FALSE(records[0].first_boot_ns);  // one is none that is folded
    EXPECT_TRUE(folds_.take(connect(3), 3));
}

TEST_F(FoldsTest, WhatDiffersIsToldApart) {
    EXPECT_FALSE(folds_.take(connect(1), 1));
    auto differs = [&](auto change) {
        trail::Record record = connect(2);
        change(record);
        EXPECT_FALSE(folds_.take(record, 1));
    };
    differs([](trail::Record& record) { record.object = trail::EndpointObject{"tcp", "10.0.0.1", 80, "", ""}; });
    differs([](trail::Record& record) { record.object = trail::EndpointObject{"tcp", "10.0.0.1", 443, "a.example", "dns"}; });
    differs([](trail::Record& record) { record.cpu = 2; });
    differs([](trail::Record& record) { record.crossing = REMIT_SEND; });
    differs([](trail::Record& record) { record.verdict = REMIT_DENY, record.effect = REMIT_REFUSED; });
    differs([](trail::Record& record) { record.reason = REMIT_REASON_DENIED; });
    differs([](trail::Record& record) { record.rule = "another"; });
    differs([](trail::Record& record) { record.tool = "another"; });
    differs([](trail::Record& record) { record.process->pid = 8; });
    differs([](trail::Record& record) { record.session = session_of("another"); });
    differs([](trail::Record& record) { record.session = session_of("a session", {"tainted"}); });
    EXPECT_TRUE(folds_.take(connect(3), 1));
}

TEST_F(FoldsTest, RefusalsFoldWhoeverTriesAgain) {
    trail::Record refused = connect(1);
    refused.effect = REMIT_REFUSED;
    EXPECT_FALSE(folds_.take(refused, 1));
    refused.n = 2;
    refused.process->pid = 8;
    EXPECT_TRUE(folds_.take(refused, 1));
}

TEST_F(FoldsTest, QuestionsLookUpsAndFirstRefusalsNever) {
    for (int round = 0; round < 2; round++) {
        trail::Record held = connect(1);
        held.effect = REMIT_HELD;
        EXPECT_FALSE(folds_.take(held, 1));
        trail::Record answered = connect(2);
        answered.crossing_id = "a question";
        EXPECT_FALSE(folds_.take(answered, 1));
        trail::Record name = connect(3);
        name.crossing = REMIT_RESOLVE;
        EXPECT_FALSE(folds_.take(name, 1));
        trail::Record first = connect(4);
        first.synced = true;
        EXPECT_FALSE(folds_.take(first, 1));
        trail::Record end = connect(5);
        end.kind = trail::Kind::kSessionEnd;
        EXPECT_FALSE(folds_.take(end, 1));
    }
    EXPECT_THAT(given(1, true), testing::IsEmpty());
}

TEST_F(FoldsTest, KeepsEveryNumberHoweverTheyAreSpread) {
    std::vector<uint64_t> put, got;
    for (uint64_t n = 0; n < 1000; n += 2) {
        if (folds_.take(connect(n), 1)) put.push_back(n);
    }
    uint64_t count = 0;
    for (const trail::Record& record : given(1, true)) {
        EXPECT_LE(record.numbers.size(), 64u);
        count += record.count;
        for (const trail::Range& range : record.numbers)
            for (uint64_t n = range.first; n <= range.last; n++) got.push_back(n);
    }
    EXPECT_THAT(got, testing::UnorderedElementsAreArray(put));
    EXPECT_EQ(count, put.size());
}

TEST_F(FoldsTest, AFloodOfDifferentOnesIsWrittenOneByOne) {
    uint64_t taken = 0;
    for (uint64_t n = 0; n < 10000; n++) taken += folds_.take(connect(n, static_cast<uint16_t>(n)), 1);
    EXPECT_EQ(taken, 0u);
    EXPECT_TRUE(folds_.take(connect(20000, 1), 1));
    EXPECT_FALSE(folds_.take(connect(20001, 9999), 1));
}

}  // namespace
}  // namespace remit::daemon
