// The command line run in this process on files of a folder of its own. For the tests of the verbs that need no daemon.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/app.h"

namespace remit::cli::testing {

struct Ran {
    int status;
    std::string out, err;

    nlohmann::json json() const { return nlohmann::json::parse(out); }
    bool says(const std::string& text) const { return (out + err).find(text) != std::string::npos; }
};

inline void PrintTo(const Ran& ran, std::ostream* out) {
    *out << ran.status << "\n" << ran.out << "\n" << ran.err;
}

inline Ran remit(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    Cli cli{out, err};
    const int status = run_app(cli, arguments);
    return {status, out.str(), err.str()};
}

class CliFolder : public ::testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::canonical(::testing::TempDir()).string() + "/remit-cli-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) {
        const std::string path = folder_ + "/" + name;
        std::filesystem::create_directories(path.substr(0, path.rfind('/')));
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    std::string folder_;
};

}  // namespace remit::cli::testing
