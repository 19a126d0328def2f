#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/options.h"
#include "daemon/process.h"

namespace remit::daemon {
namespace {

TEST(Process, IsReadFromProc) {
    const auto facts = read_process(getpid());
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->pid, getpid());
    EXPECT_EQ(facts->parent, getppid());
    EXPECT_EQ(facts->uid, getuid());
    EXPECT_FALSE(facts->comm.empty());
    EXPECT_GT(facts->start_ns, 0u);
    EXPECT_LT(facts->start_ns, boot_ns());
    EXPECT_FALSE(read_process(-1));
}

TEST(Process, OfOurOwnNamespaceKeepsItsNumber) {
    EXPECT_EQ(outer_tid(getpid(), 17), 17);
    EXPECT_FALSE(outer_tid(getpid(), 0));
    EXPECT_FALSE(outer_tid(-1, 17));
}

std::optional<Options> read(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "remitd");
    auto options = read_options(static_cast<int>(arguments.size()), const_cast<char**>(arguments.data()));
    return options ? *options : std::nullopt;
}

TEST(DaemonOptions, HaveDefaultsAndAFile) {
    ASSERT_TRUE(read({}));
    EXPECT_EQ(read({})->run_dir, "/run/remit");
    EXPECT_EQ(read({"--run-dir", "/tmp/x/"})->run_dir, "/tmp/x");
    const int file = memfd_create("config", 0);
    const std::string text = "run-dir = \"/from/file\"\ntier = \"base\"\n";
    ASSERT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    EXPECT_EQ(read({"--config", path.c_str()})->run_dir, "/from/file");
    EXPECT_EQ(read({"--config", path.c_str(), "--run-dir", "/mine"})->run_dir, "/mine") << "the command line is stronger";
    close(file);
}

TEST(DaemonOptions, RefuseWhatTheyDoNotKnow) {
    EXPECT_FALSE(read({"--tier", "other"}));
    EXPECT_FALSE(read({"--no-such-option"}));
    const int file = memfd_create("config", 0);
    ASSERT_EQ(write(file, "no-such = 1\n", 12), 12);
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    EXPECT_FALSE(read({"--config", path.c_str()}));
    close(file);
}

}  // namespace
}  // namespace remit::daemon
