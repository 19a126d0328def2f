#include <gtest/gtest.h>

#include "base/text.h"

namespace remit {
namespace {

TEST(Text, SplitsAndJoins) {
    EXPECT_EQ(split("a,b,,c", ','), (std::vector<std::string_view>{"a", "b", "", "c"}));
    EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
    EXPECT_EQ(split(",", ','), (std::vector<std::string_view>{"", ""}));
    const std::vector<std::string> pieces = {"a", "b", "c"};
    EXPECT_EQ(join(pieces, ", "), "a, b, c");
    EXPECT_EQ(join({}, ", "), "");
}

TEST(Nearest, FindsTheWordThatWasMeant) {
    const std::vector<std::string> tools = {"repo", "ticketing", "deploy", "intranet"};
    EXPECT_EQ(nearest("tickting", tools), "ticketing");
    EXPECT_EQ(nearest("dpeloy", tools), "deploy");
    EXPECT_EQ(nearest("rep", tools), "repo");
    EXPECT_EQ(nearest("Repo", tools), "repo");
    EXPECT_EQ(nearest("database", tools), std::nullopt);
    EXPECT_EQ(nearest("repo", tools), std::nullopt);
    EXPECT_EQ(nearest("", tools), std::nullopt);
    EXPECT_EQ(nearest("x", {}), std::nullopt);
    EXPECT_EQ(nearest(std::string(100000, 'a'), tools), std::nullopt);
}

TEST(Character, KnowsUtf8) {
    EXPECT_EQ(first_character("a").code, 'a');
    EXPECT_EQ(first_character("\u00e9x").code, 0xe9u);
    EXPECT_EQ(first_character("\u20acx").length, 3);
    EXPECT_EQ(first_character("\U0001f600").code, 0x1f600u);
    EXPECT_TRUE(first_character("\U0001f600").safe);
    // Lone continuation, overlong forms, surrogates, past the last code point, cut sequences.
    for (const char* bad : {"\x80", "\xc0\xaf", "\xc1\x81", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                            "\xf5\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98"}) {
        EXPECT_FALSE(first_character(bad).safe) << bad;
        EXPECT_EQ(first_character(bad).length, 1) << bad;
    }
}

TEST(Printable, LeavesNothingThatATerminalObeys) {
    EXPECT_EQ(printable("caf\u00e9 \U0001f600"), "caf\u00e9 \U0001f600");
    EXPECT_EQ(printable("a\nb\x1b[31m\x7f"), "a\ufffdb\ufffd[31m\ufffd");
    EXPECT_EQ(printable("x\u202ey\u2066z\u061c"), "x\ufffdy\ufffdz\ufffd");
    EXPECT_EQ(printable("x\u0085y\u2028z"), "x\ufffdy\ufffdz");
    EXPECT_EQ(printable("\xff\xc3("), "\ufffd\ufffd(");
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\ufffd");
    EXPECT_TRUE(is_safe("plain"));
    EXPECT_TRUE(is_safe(""));
    EXPECT_FALSE(is_safe("tab\t"));
}

}  // namespace
}  // namespace remit
