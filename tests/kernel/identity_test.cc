// lib/object.h: identity of a program is the kernel's own, whatever stat(2) says or changes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kernel/harness.h"

namespace remit::test {
namespace {

namespace fs = std::filesystem;

class Identity : public testing::Test {
protected:
    Harness& harness = Harness::get();
    TestSession session = harness.make_session(TablesBuilder().grant(0).tables());
    fs::path folder;

    void SetUp() override {
        std::string pattern = fs::temp_directory_path() / "remit-identity-XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder = pattern;
        harness.events();
    }
    void TearDown() override {
        umount2((folder / "merged").c_str(), MNT_DETACH);
        fs::remove_all(folder);
    }
    bool passes(const fs::path& program) {
        return exited(harness.run(session, [&] { return try_exec(program); }), 0);
    }
};

TEST_F(Identity, HoldsAfterAStat) {
    const fs::path program = folder / "program";
    fs::copy_file("/bin/true", program);
    ASSERT_TRUE(harness.know(session, program, only(0)));
    EXPECT_TRUE(passes(program));
    struct stat asked {};
    ASSERT_EQ(stat(program.c_str(), &asked), 0);  // sets the "queried" bit of the change time from 6.13 on
    EXPECT_TRUE(passes(program));
}

TEST_F(Identity, IsAnotherAfterAChange) {
    const fs::path program = folder / "program";
    fs::copy_file("/bin/true", program);
    ASSERT_TRUE(harness.know(session, program, only(0)));
    std::ofstream(program, std::ios::app) << "x";
    EXPECT_FALSE(passes(program));
    EXPECT_EQ(harness.events().at(0).reason, REMIT_REASON_UNKNOWN);
    ASSERT_TRUE(harness.know(session, program, only(0)));
    EXPECT_TRUE(passes(program));
}

// What is mapped for writing and dirty changes without a new change time: its content is not to be spoken of.
TEST_F(Identity, SaysThatAFileIsMappedForWriting) {
    const fs::path program = folder / "program";
    fs::copy_file("/bin/true", program);
    const Fd watched(open(program.c_str(), O_PATH | O_CLOEXEC));
    const int fds[] = {watched.get()};
    const auto written = [&] {
        auto identity = harness.kernel().identify(fds);
        return identity && (*identity)[0] ? static_cast<int>((*identity)[0]->written) : -1;
    };
    EXPECT_EQ(written(), 0);
    Fd writer(open(program.c_str(), O_RDWR | O_CLOEXEC));
    void* bytes = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer.get(), 0);
    ASSERT_NE(bytes, MAP_FAILED);
    writer.reset();
    EXPECT_EQ(written(), 1);
    munmap(bytes, 4096);
    EXPECT_EQ(written(), 0);
}

TEST_F(Identity, IsThatOfTheFileAndNotOfItsName) {
    const fs::path program = folder / "program";
    fs::copy_file("/bin/true", program);
    ASSERT_TRUE(harness.know(session, program, only(0)));
    fs::copy_file("/bin/true", folder / "copy");
    fs::create_symlink(program, folder / "link");
    EXPECT_FALSE(passes(folder / "copy"));
    EXPECT_TRUE(passes(folder / "link"));
}

TEST_F(Identity, IsTheKernelsOnOverlayfsBeforeAndAfterCopyUp) {
    for (const char* name : {"lower", "upper", "work", "merged"}) fs::create_directory(folder / name);
    fs::copy_file("/bin/true", folder / "lower/program");
    const std::string options =
        "lowerdir=" + (folder / "lower").string() + ",upperdir=" + (folder / "upper").string() + ",workdir=" + (folder / "work").string();
    ASSERT_EQ(mount("overlay", (folder / "merged").c_str(), "overlay", 0, options.c_str()), 0) << strerror(errno);
    const fs::path program = folder / "merged/program";
    ASSERT_TRUE(harness.know(session, program, only(0)));
    EXPECT_TRUE(passes(program));
    struct stat asked {};
    ASSERT_EQ(stat(program.c_str(), &asked), 0);
    EXPECT_TRUE(passes(program));
    fs::permissions(program, fs::perms::owner_all);  // copies it up
    EXPECT_FALSE(passes(program));
    ASSERT_TRUE(harness.know(session, program, only(0)));
    EXPECT_TRUE(passes(program));
}

}  // namespace
}  // namespace remit::test
