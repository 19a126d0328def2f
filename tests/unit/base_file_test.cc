#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace remit {
namespace {

class File : public testing::Test {
protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "remit-file-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
};

TEST_F(File, IsReplacedAsAWhole) {
    const std::string path = folder_ + "/state";
    ASSERT_TRUE(write_file_atomically(path, "one"));
    ASSERT_TRUE(write_file_atomically(path, "two", 0600));
    EXPECT_EQ(*read_file(path, 100), "two");
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "a temporary file was left";
}

TEST_F(File, IsReplacedAsAWholeBeforeTheDiskHasIt) {
    const std::string path = folder_ + "/state";
    ASSERT_TRUE(replace_file(path, "one"));
    ASSERT_TRUE(replace_file(path, "two", 0600));
    EXPECT_EQ(*read_file(path, 100), "two");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "a temporary file was left";
}

TEST_F(File, ThatCannotBeReplacedLeavesNothing) {
    ASSERT_TRUE(make_folders(folder_ + "/taken/inside"));
    EXPECT_FALSE(replace_file(folder_ + "/taken", "x"));
    const auto written = write_file_atomically(folder_ + "/taken", "x");
    ASSERT_FALSE(written);
    EXPECT_NE(written.error().message.find("rename to"), std::string::npos) << written.error().message;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(File, IsReadUpToItsBound) {
    const std::string path = folder_ + "/f";
    ASSERT_TRUE(write_file_atomically(path, std::string(40000, 'x')));
    EXPECT_EQ(read_file(path, 40000)->size(), 40000u);
    const auto cut = read_file(path, 39999);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, Code::kBadData);
    EXPECT_EQ(read_file(folder_ + "/none", 1).error().code, Code::kMissing);
    EXPECT_FALSE(read_file("/proc/self/stat", 1 << 20)->empty());
}

TEST_F(File, FoldersAreMadeWithThoseAbove) {
    ASSERT_TRUE(make_folders(folder_ + "/a/b/c", 0750));
    ASSERT_TRUE(make_folders(folder_ + "/a/b/c"));
    struct stat info {};
    ASSERT_EQ(stat((folder_ + "/a/b/c").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0750u);
    ASSERT_TRUE(write_file_atomically(folder_ + "/file", ""));
    EXPECT_FALSE(make_folders(folder_ + "/file/below"));
}

}  // namespace
}  // namespace remit
