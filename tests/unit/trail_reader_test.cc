#include <nlohmann/json.hpp>

#include "trail/reader.h"
#include "trail/resume.h"
#include "trail_examples.h"

namespace remit::trail {
namespace {

class Reader : public TrailFolder {
protected:
    void SetUp() override {
        TrailFolder::SetUp();
        std::string bytes;
        for (const std::string& line : chained(examples())) bytes += line + "\n";
        put_file(folder_ + "/20261124T093102Z-0.jsonl", bytes + "{\"v\":1,\"se");
    }
    size_t count(const Filter& filter) const {
        size_t count = 0;
        const auto read = read_trail({folder_}, filter, [&](std::string_view raw, const nlohmann::json& line) {
            EXPECT_EQ(nlohmann::json::parse(raw), line);
            ++count;
            return true;
        });
        EXPECT_TRUE(read);
        return count;
    }
};

TEST_F(Reader, FindsWhatIsAskedFor) {
    EXPECT_EQ(count({}), 25u);
    EXPECT_EQ(count({.session = "019ab53e"}), 16u);
    EXPECT_EQ(count({.session = "fix-1432"}), 16u);
    EXPECT_EQ(count({.session = "fix"}), 0u) << "names are whole, ids may be begun";
    EXPECT_EQ(count({.kind = "crossing"}), 4u);
    EXPECT_EQ(count({.kind = "cross"}), 0u);
    EXPECT_EQ(count({.kind = "crossing", .crossing = "exec"}), 1u);
    EXPECT_EQ(count({.verdict = "deny"}), 1u);
    EXPECT_EQ(count({.reason = "ONLY_AFTER"}), 1u);
    EXPECT_EQ(count({.effect = "held"}), 1u);
    EXPECT_EQ(count({.tool = "deploy"}), 4u);
    EXPECT_EQ(count({.tool = "intranet"}), 2u) << "among those that cover the object";
    EXPECT_EQ(count({.since = "2026-11-24T09:31:02.123456789Z"}), 25u);
    EXPECT_EQ(count({.since = "2026-11-24T09:31:02.123456790Z"}), 0u);
}

TEST_F(Reader, StopsWhenTold) {
    size_t seen = 0;
    EXPECT_TRUE(read_trail({folder_}, {}, [&](std::string_view, const nlohmann::json&) { return ++seen < 3; }));
    EXPECT_EQ(seen, 3u);
}

TEST_F(Reader, NamesALineThatIsNoRecord) {
    put_file(folder_ + "/20261124T093103Z-17.jsonl", "nonsense\n");
    const auto read = read_trail({folder_}, {}, [](std::string_view, const nlohmann::json&) { return true; });
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().message.find("-17.jsonl:1"), std::string::npos) << read.error().message;
}

// A daemon that comes back goes on from the last hooks record of this boot and what stands behind it, over segments.
class Resume : public TrailFolder {
protected:
    static Record hooks(const Ledger& ledger, std::span<const uint64_t> totals) {
        Record record;
        record.kind = Kind::kHooks;
        record.hooks = std::make_shared<Hooks>(Hooks{ledger.state(totals), {}, "base", true});
        return record;
    }
    static constexpr std::string_view kBoot = "5f1d0a52-8f0e-4c55-9d3b-0a3c6a1d7e21";  // of chained()
};

TEST_F(Resume, TakesTheNumbersUp) {
    const uint64_t totals[] = {10, 20};
    Ledger before;
    for (const uint64_t n : {0, 1, 4}) ASSERT_TRUE(before.claim(0, n, 1));
    std::vector<Record> records = {a_crossing(0, 0), a_crossing(0, 1), a_crossing(0, 4), hooks(before, totals)};
    for (const uint64_t n : {7, 2}) records.push_back(a_crossing(0, n));
    Record folded = a_crossing(0, 8);
    folded.count = 3;
    folded.numbers = {{8, 8}, {10, 11}};
    records.push_back(folded);
    Record gap;
    gap.kind = Kind::kAuditGap;
    gap.cpu = 1;
    gap.first = 0;
    gap.last = 16;
    gap.count = 17;
    records.push_back(gap);
    Record question = a_crossing(0, 0);
    question.cpu.reset();
    question.n.reset();
    records.push_back(question);
    const auto lines = chained(records);
    std::string first, second;
    for (size_t i = 0; i < lines.size(); ++i) (i < 5 ? first : second) += lines[i] + "\n";
    put_file(folder_ + "/20261124T093102Z-0.jsonl", first);
    put_file(folder_ + "/20261124T093103Z-5.jsonl", second);

    Ledger ledger;
    const auto found = resume(folder_, kBoot, 1, ledger);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(*found);
    const auto state = ledger.state(totals);
    EXPECT_EQ(state[0], (CpuNumbers{0, 10, 12, {{3, 3}, {5, 6}, {9, 9}}}));
    EXPECT_EQ(state[1], (CpuNumbers{1, 20, 17, {}}));
}

TEST_F(Resume, BeginsAnewUnderAnotherBoot) {
    std::string bytes;
    for (const std::string& line : chained(examples())) bytes += line + "\n";
    put_file(folder_ + "/20261124T093102Z-0.jsonl", bytes);
    Ledger ledger;
    EXPECT_TRUE(*resume(folder_, kBoot, 1, ledger));
    EXPECT_FALSE(ledger.state({}).empty());
    EXPECT_FALSE(*resume(folder_, "another", 1, ledger));
    EXPECT_TRUE(ledger.state({}).empty());
}

TEST_F(Resume, TrustsNoNumberFromTheFile) {
    std::string bytes;
    for (const std::string& line : chained(examples())) bytes += line + "\n";
    for (const auto& [good, evil] :
         {std::pair{"\"cpu\":0,\"crossings\"", "\"cpu\":4000000000,\"crossings\""}, std::pair{"\"accounted\":\"120\"", "\"accounted\":120"},
          std::pair{"[\"100\",\"101\"]", "[\"100\",\"99\"]"}, std::pair{"[\"100\",\"101\"]", "[\"100\"]"},
          std::pair{"[[\"100\",\"101\"]]", "7"}, std::pair{"\"kernel\":[{", "\"kernel\":[7,{"}}) {
        std::string altered = bytes;
        altered.replace(altered.find(good), std::string(good).size(), evil);
        put_file(folder_ + "/20261124T093102Z-0.jsonl", altered);
        Ledger ledger;
        const auto found = resume(folder_, kBoot, 1, ledger);
        ASSERT_FALSE(found) << evil;
        EXPECT_EQ(found.error().code, Code::kBadData);
    }
}

}  // namespace
}  // namespace remit::trail
