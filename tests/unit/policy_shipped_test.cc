// Every policy that Remit ships passes its own check, examples included.
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "policy/names.h"
#include "unit/policy_helpers.h"

namespace remit::policy::testing {
namespace {

const std::filesystem::path kShipped = std::filesystem::path(REMIT_SOURCE_DIR) / "policy/shipped";

Result<std::string> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{Code::kMissing, "no such file", ""};
    std::stringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

std::set<std::string> files_in(const std::filesystem::path& folder) {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".textproto") files.insert(entry.path().string());
    return files;
}

// Shells and runtimes are there on purpose; everything else that check warns of would be a mistake, but what the file itself gives a
// reason for.
void expect_only_interpreters(const Checked& checked, const std::string& but = "") {
    EXPECT_TRUE(std::ranges::all_of(checked.diagnostics, [&](const Diagnostic& d) { return d.code == "interpreter" || d.code == but; }))
        << all_text(checked.diagnostics);
}

TEST(PolicyShipped, PoliciesPass) {
    const std::set<std::string> files = files_in(kShipped);
    for (const char* name :
         {"coding", "claude", "codex", "gemini", "aider", "opencode", "goose", "cursor-agent", "shell", "ci-job", "mcp-server"})
        EXPECT_TRUE(files.contains((kShipped / (std::string(name) + ".textproto")).string())) << name;
    for (const std::string& file : files) {
        Result<Source> source = read_source(file, read);
        ASSERT_TRUE(source) << file;
        const Checked checked = check(*source);
        ASSERT_TRUE(checked.policy) << all_text(checked.diagnostics);
        EXPECT_FALSE(checked.policy->examples.empty()) << file;
        EXPECT_EQ(checked.policy->name, std::filesystem::path(file).stem().string());
        expect_only_interpreters(checked, checked.policy->name == "cursor-agent" ? "wildcard-host" : "");
    }
}

// What is denied to one agent is denied to all of them, whoever grants it.
TEST(PolicyShipped, ProfilesDenyWhatIsNobodysTool) {
    for (const std::string& file : files_in(kShipped)) {
        const Source source = *read_source(file, read);
        if (std::ranges::none_of(source.files, [](const SourceFile& each) { return each.name.ends_with("denied.textproto"); })) continue;
        const Checked checked = check(source);
        ASSERT_TRUE(checked.policy) << all_text(checked.diagnostics);
        for (const char* tool : {"metadata", "brokers", "credential-helpers"})
            EXPECT_EQ(standing_of(*checked.policy, static_cast<uint16_t>(checked.policy->find_tool(tool))), "denied")
                << file << " " << tool;
    }
}

TEST(PolicyShipped, ToolFilesPassInAnyPolicy) {
    for (const std::string& file : files_in(kShipped / "tools")) {
        const std::string name = std::filesystem::path(file).filename().string();
        const Checked checked = check(source_of("name: \"p\"\nimport: \"" + name + "\"\n", {{name, *read(file)}}));
        ASSERT_TRUE(checked.policy) << all_text(checked.diagnostics);
        expect_only_interpreters(checked, name == "denied.textproto" ? "broker-socket" : "");
    }
}

// getifaddrs(3) asks the kernel for routes, and wants no other netlink socket.
TEST(PolicyShipped, TheShellSeesRoutesOnly) {
    const Checked checked = check(source_of("name: \"p\"\nimport: \"shell.textproto\"\n",
                                            {{"shell.textproto", *read((kShipped / "tools/shell.textproto").string())}}));
    ASSERT_TRUE(checked.tables) << all_text(checked.diagnostics);
    ASSERT_EQ(checked.tables->families.size(), 1u);
    EXPECT_EQ(checked.tables->families[0].family, AF_NETLINK);
    EXPECT_EQ(checked.tables->families[0].protocol, NETLINK_ROUTE);
}

TEST(PolicyShipped, TheReadmesPolicyPasses) {
    const std::string readme = *read((kShipped.parent_path() / "README.md").string());
    const std::string fence = "```textproto\n";
    const size_t begin = readme.find(fence) + fence.size();
    const std::string text = readme.substr(begin, readme.find("```", begin) - begin);
    const std::string shell = "tools/shell.textproto";
    const Checked checked = check(source_of(text, {{shell, *read((kShipped / shell).string())}}));
    ASSERT_TRUE(checked.policy) << all_text(checked.diagnostics);
    EXPECT_FALSE(checked.policy->examples.empty());
}

}  // namespace
}  // namespace remit::policy::testing
