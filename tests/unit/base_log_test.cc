#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "base/log.h"

namespace remit {
namespace {

std::string said(LogLevel least) {
    testing::internal::CaptureStderr();
    init_log(least);
    log_info("an info");
    log_warning("a warning {}");
    log_error("line one\nline two\x1b[31m");
    return testing::internal::GetCapturedStderr();
}

TEST(Log, SaysWhatIsImportantEnough) {
    const std::string all = said(LogLevel::kInfo);
    EXPECT_NE(all.find("info an info\n"), std::string::npos) << all;
    EXPECT_NE(all.find("warning a warning {}\n"), std::string::npos) << all;
    EXPECT_NE(all.find("error line one"), std::string::npos) << all;
    const std::string errors = said(LogLevel::kError);
    EXPECT_EQ(errors.find("info"), std::string::npos) << errors;
    EXPECT_EQ(errors.find("warning"), std::string::npos) << errors;
}

TEST(Log, OutsideTextForgesNoLineAndNoColour) {
    const std::string all = said(LogLevel::kError);
    EXPECT_EQ(all.find('\x1b'), std::string::npos);
    EXPECT_EQ(all.find('\n'), all.size() - 1);
    EXPECT_NE(all.find("line one\ufffdline two\ufffd[31m"), std::string::npos) << all;
}

// systemd tells the stream of the journal by device and inode.
TEST(Log, GivesTheJournalPrioritiesAndNoTime) {
    testing::internal::CaptureStderr();
    struct stat info {};
    ASSERT_EQ(fstat(STDERR_FILENO, &info), 0);
    setenv("JOURNAL_STREAM", (std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino)).c_str(), 1);
    init_log(LogLevel::kInfo);
    log_info("ready");
    log_error("broken");
    unsetenv("JOURNAL_STREAM");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "<6>ready\n<3>broken\n");
    init_log(LogLevel::kInfo);
}

}  // namespace
}  // namespace remit
