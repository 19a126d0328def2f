#include <gtest/gtest.h>

#include "daemon/options.h"

namespace remit::daemon {
namespace {

Result<std::optional<Options>> read(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "remitd");
    std::vector<char*> words;
    for (std::string& each : arguments) words.push_back(each.data());
    return read_options(static_cast<int>(words.size()), words.data());
}

TEST(Options, ASocketMarkTellsSessionsApart) {
    const auto none = read({});
    ASSERT_TRUE(none);
    EXPECT_EQ((*none)->mark_mask, 0U);
    const auto base = read({"--socket-mark", "0x52000000"});
    ASSERT_TRUE(base);
    EXPECT_EQ((*base)->mark_base, 0x52000000U);
    EXPECT_EQ((*base)->mark_mask, 0x3fffU);
    const auto both = read({"--socket-mark", "65536/65535"});
    ASSERT_TRUE(both);
    EXPECT_EQ((*both)->mark_base, 0x10000U);
    EXPECT_EQ((*both)->mark_mask, 0xffffU);
    for (const char* wrong : {"", "ffff", "0x", "0x1/0xffff", "0x10000/0xff", "0x100000000", "1x", "0x10000/", "-1", "0x10000/0xffff/1"}) {
        const auto refused = read({"--socket-mark", wrong});
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().code, Code::kUsage);
    }
}

}  // namespace
}  // namespace remit::daemon
