// docs/policy-errors.md names the codes that check says, all of them and no others, and each has a test.
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = REMIT_SOURCE_DIR;

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

std::string all_of(const fs::path& folder, const std::string& prefix) {
    std::string text;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().filename().string().starts_with(prefix)) text += read(entry.path());
    return text;
}

// The first column of both tables.
std::set<std::string> documented() {
    std::set<std::string> codes;
    std::istringstream lines(read(kRoot / "docs/policy-errors.md"));
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("| `")) continue;
        std::istringstream first(line.substr(0, line.find('|', 1)));
        std::string between, code;
        while (std::getline(first, between, '`') && std::getline(first, code, '`')) codes.insert(code);
    }
    return codes;
}

bool is_code(std::string_view word) {
    return word.find('-') != std::string_view::npos &&
           word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

// The first text that follows a call by which check says something.
std::set<std::string> said_in(const std::string& source) {
    std::set<std::string> codes;
    for (const std::string call : {"error(", "warn(", "bad("}) {
        for (size_t at = source.find(call); at != std::string::npos; at = source.find(call, at + 1)) {
            const size_t begins = std::min(source.find('"', at), source.size() - 1) + 1;
            const std::string word = source.substr(begins, source.find('"', begins) - begins);
            if (is_code(word)) codes.insert(word);
        }
    }
    return codes;
}

TEST(PolicyCodes, EachIsSaidAndTested) {
    const std::string code = all_of(kRoot / "userspace/policy", ""), tests = all_of(kRoot / "tests/unit", "policy_");
    const std::set<std::string> codes = documented();
    EXPECT_GT(codes.size(), 50u);
    for (const std::string& each : codes) {
        EXPECT_NE(code.find("\"" + each + "\""), std::string::npos) << each << " is documented and never said";
        EXPECT_TRUE(tests.find("\"" + each + "\"") != std::string::npos || tests.find(" " + each + "\"") != std::string::npos ||
                    tests.find(": " + each + ":") != std::string::npos)
            << each << " has no test";
    }
    const std::set<std::string> said = said_in(code);
    EXPECT_GT(said.size(), 40u);
    for (const std::string& each : said) EXPECT_TRUE(codes.contains(each)) << each << " is said and not documented";
}

// Each of many addresses has all the ports of the range around it, and one of its own.
TEST(PolicyCodes, TooLargeForTheKernel) {
    std::string text = "name: \"p\"\ntool { name: \"t\" endpoint { cidr: \"fd00::/16\"";
    for (int port = 1; port < 2000; port += 2) text += " port: \"" + std::to_string(port) + "\"";
    text += " }\n";
    for (int i = 1; i < 320; i++)
        text += "endpoint { cidr: \"fd00:0:0:" + std::to_string(i) + "::/64\" port: \"" + std::to_string(2000 + 2 * i) + "\" }\n";
    EXPECT_EQ(summary(check(source_of(text + "}\n")).diagnostics, Severity::kError), std::vector<std::string>{"1:1 too-large"});
}

}  // namespace
}  // namespace remit::policy::testing
