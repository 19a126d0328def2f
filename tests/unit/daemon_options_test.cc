#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

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

class ConfigFile : public testing::Test {
protected:
    void TearDown() override { std::filesystem::remove(path_); }
    Error error_of(const std::string& text, std::vector<std::string> arguments = {}) {
        std::ofstream(path_) << text;
        arguments.insert(arguments.begin(), {"--config", path_});
        auto refused = read(std::move(arguments));
        return refused ? Error{} : refused.error();
    }
    const std::string path_ = testing::TempDir() + "remitd-" + std::to_string(::getpid()) + ".toml";
};

TEST_F(ConfigFile, MistakesAreToldByFileAndLine) {
    const Error unknown = error_of("# about\ntier = \"base\"\n  run-dri = \"/run/remit\"\n");
    EXPECT_EQ(unknown.code, Code::kUsage);
    EXPECT_EQ(unknown.message, path_ + ":3: 'run-dri' is no option");
    EXPECT_EQ(unknown.hint, "did you mean `run-dir`? `remitd --help` lists the options");
    const Error value = error_of("\ntrail-segment-age = \"3x\"\n");
    EXPECT_EQ(value.message, path_ + ":2: --trail-segment-age: 3x is no duration: write it as 90d, 24h or 30m");
    EXPECT_EQ(error_of("tier base\n").message, path_ + ":1: 'tier base' is no option");
}

TEST_F(ConfigFile, AMistakeOfTheCommandLineIsNotTheFiles) {
    const Error value = error_of("trail-segment-age = \"24h\"\n", {"--trail-segment-age", "3x"});
    EXPECT_EQ(value.message, "--trail-segment-age: 3x is no duration: write it as 90d, 24h or 30m");
}

TEST_F(ConfigFile, OneThatIsNotThereIsNamed) {
    const auto refused = read({"--config", "/nonexistent/remitd.toml"});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("/nonexistent/remitd.toml"), std::string::npos);
}

}  // namespace
}  // namespace remit::daemon
