// A folder for each test, and the making of files in it. For the tests of session/.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace remit::session {

class SessionFolder : public testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::canonical(testing::TempDir()).string() + "/remit-session-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    // path: below the folder, with a slash in front. Folders above it are made.
    void put(const std::string& path, std::string_view bytes = "", mode_t mode = 0755) {
        std::filesystem::create_directories((folder_ + path).substr(0, (folder_ + path).rfind('/')));
        std::ofstream(folder_ + path, std::ios::binary | std::ios::trunc) << bytes;
        ASSERT_EQ(chmod((folder_ + path).c_str(), mode), 0);
    }
    void link(const std::string& target, const std::string& path) {
        std::filesystem::create_directories((folder_ + path).substr(0, (folder_ + path).rfind('/')));
        std::filesystem::create_symlink(target, folder_ + path);
    }

    std::string folder_;
};

}  // namespace remit::session
